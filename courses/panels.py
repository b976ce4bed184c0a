"""Panels of the editor that are the courses' own."""

from wagtail.admin.panels import Panel


class ChecklistPanel(Panel):
    """What is to be mended before publishing, as the newest draft stands."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "courses/checklist_panel.html"

        def is_shown(self):
            return bool(self.instance.pk) and super().is_shown()

        def get_context_data(self, parent_context=None):
            from courses.checklist import findings  # noqa: PLC0415 (it reads models; they use this)

            context = super().get_context_data(parent_context)
            return context | {"findings": findings(self.instance)}
