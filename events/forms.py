import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.forms import PlaceInCourseField


def clean_line(text: str) -> str:
    if "\x00" in text:
        raise forms.ValidationError(_("The text holds a character that cannot be kept (NUL)."))
    return " ".join(text.split())


class SlidesForm(forms.Form):
    title = forms.CharField(
        label=_("Title of the slides"),
        max_length=200,
        error_messages={
            "max_length": _("At most %(limit_value)d letters; this has %(show_value)d.")
        },
    )
    file = forms.FileField(
        label=_("PDF"),
        allow_empty_file=True,  # `inspect` says what is wrong with it
        help_text=_("At most 50 MB and 400 pages, without a password."),
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf,.pdf"}),
    )
    cid = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    def clean_title(self):
        return clean_line(self.cleaned_data["title"])


class MakeUnitForm(forms.Form):
    """In which course, or which module of it, a talk becomes a unit."""

    into = PlaceInCourseField(label=_("Make a unit of it in"))


class ActionNoteForm(forms.Form):
    """What came of an action, said when it is closed or opened again."""

    note = forms.CharField(
        label=_("What came of it (optional)"),
        max_length=500,
        required=False,
        error_messages={
            "max_length": _("At most %(limit_value)d letters; this has %(show_value)d.")
        },
    )

    def clean_note(self):
        return clean_line(self.cleaned_data["note"])
