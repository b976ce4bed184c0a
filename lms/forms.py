from django.forms.renderers import TemplatesSetting


class CommonsFormRenderer(TemplatesSetting):
    """Every form field looks the same: label, help, control, error, in this order."""

    field_template_name = "components/_field.html"
