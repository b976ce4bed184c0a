import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from competencies.models import Competency

LONGEST_POST = 20_000


def clean_text(text: str) -> str:
    if "\x00" in text:
        raise forms.ValidationError(_("The text holds a character that cannot be kept (NUL)."))
    return text


class PostForm(forms.Form):
    body = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_POST,
        strip=True,
        help_text=_("Markdown: **bold**, lists, `code`, and three backticks round a block of it."),
        widget=forms.Textarea(attrs={"rows": 8, "data-draft": ""}),
        error_messages={
            "max_length": _("At most %(limit_value)d letters; this has %(show_value)d.")
        },
    )
    cid = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    def clean_body(self):
        return clean_text(self.cleaned_data["body"])


class AskForm(PostForm):
    title = forms.CharField(
        label=_("What is it about?"),
        min_length=8,
        max_length=200,
        help_text=_("One line that somebody with the same problem would search for."),
    )
    competencies = forms.ModelMultipleChoiceField(
        label=_("Competencies that an answer shows (optional)"),
        queryset=Competency.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    field_order = ["title", "body", "competencies", "cid"]

    def __init__(self, *args, pool, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["competencies"].queryset = Competency.objects.filter(pool_code=pool.code)

    def clean_title(self):
        return clean_text(" ".join(self.cleaned_data["title"].split()))


class EditForm(forms.Form):
    body = PostForm.base_fields["body"]
    reason = forms.CharField(label=_("Why (optional)"), max_length=200, required=False)
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def clean_body(self):
        return clean_text(self.cleaned_data["body"])


class AcceptForm(forms.Form):
    post = forms.ModelChoiceField(
        queryset=None, error_messages={"invalid_choice": _("Choose an answer of this topic.")}
    )

    def __init__(self, *args, topic, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["post"].queryset = topic.posts.filter(number__gt=1)


class SwitchForm(forms.Form):
    """On or off, as a set value and not a toggle: repeating changes nothing."""

    value = forms.TypedChoiceField(choices=[("1", "on"), ("0", "off")], coerce=lambda v: v == "1")
