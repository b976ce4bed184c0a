import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.forms import PlaceInCourseField
from events.models import Kind, Licence, Speaker, Talk
from people.fields import RowField


def clean_line(text: str) -> str:
    if "\x00" in text:
        raise forms.ValidationError(_("The text holds a character that cannot be kept (NUL)."))
    return " ".join(text.split())


class LicenceField(forms.ChoiceField):
    """What others may do with a material; nothing chosen says nothing about it."""

    def __init__(self, *, nothing):
        super().__init__(
            label=_("Licence"),
            required=False,
            choices=[("", nothing), *Licence.choices],
            help_text=_(
                "CC BY: others may use and change it, with your name. SA: under the same licence. "
                "NC: not for profit. CC0: without any condition."
            ),
        )


class TitledForm(forms.Form):
    """What a material is: its kind, its title and its licence."""

    kind = forms.ChoiceField(label=_("What is it?"), choices=Kind, initial=Kind.SLIDES)
    title = forms.CharField(
        label=_("Title"),
        max_length=200,
        help_text=_(
            "The same kind and title again is a newer version. "
            "A talk has one of slides, recording and transcript."
        ),
        error_messages={
            "max_length": _("At most %(limit_value)d letters; this has %(show_value)d.")
        },
    )

    licence = LicenceField(nothing=_("as before, or not said"))

    def clean_title(self):
        return clean_line(self.cleaned_data["title"])


class HandInForm(TitledForm):
    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,  # the service says what is wrong with it
        help_text=_(
            "Slides and papers as PDF, at most 256 MB and 400 pages, without a password; "
            "other files at most 512 MB; recordings at most 4 GB; transcripts as WebVTT."
        ),
    )
    cid = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)


class UploadForm(TitledForm):
    """As a program says it that sends a file in pieces: `filename` is the name of the file."""

    filename = forms.CharField(max_length=1000)
    sha256 = forms.RegexField(r"^[0-9a-f]{64}$", required=False)
    cid = forms.UUIDField(required=False)

    def clean(self):
        cleaned = super().clean()
        cleaned["name"] = clean_line(cleaned.pop("filename", ""))
        cleaned["cid"] = cleaned.get("cid") or uuid.uuid4()
        return cleaned


class LinkForm(forms.Form):
    """For whom a private link is made."""

    speaker = RowField(
        label=_("Private link for"), queryset=None, required=False, empty_label=_("all speakers")
    )
    cid = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, talk: Talk, **kwargs):
        super().__init__(*args, **kwargs)
        speakers = Speaker.objects.filter(credits__talk=talk).distinct()
        self.fields["speaker"].queryset = speakers


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
