from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from events.meeting_forms import EmployeeField, LineField, TextField
from events.models import Talk
from events.schedule.reading import LARGEST
from events.zones import is_named
from people.fields import DayInput, MomentField, RowField
from people.models import Audience

AUDIENCES = [
    ("public", _("Everybody, also without signing in")),
    ("everyone", _("Everybody who signs in")),
    ("officials", _("Officials")),
]


class ScheduleFileForm(forms.Form):
    file = forms.FileField(
        label=_("schedule.xml"),
        help_text=_("You see what would be done with each talk before anything is changed."),
        widget=forms.ClearableFileInput(attrs={"accept": "application/xml,text/xml,.xml"}),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        return file


class ReleaseForm(forms.Form):
    name = LineField(label=_("Name of the version"), max_length=100)


class SpeakerLinkForm(forms.Form):
    person = EmployeeField(label=_("This is a colleague (employee ID)"))


class EditionForm(forms.Form):
    title = LineField(label=_("Title"))
    place = LineField(label=_("Place"), required=False)
    starts = forms.DateField(label=_("First day"), widget=DayInput)
    ends = forms.DateField(label=_("Last day"), widget=DayInput)
    time_zone = LineField(
        label=_("Time zone"), initial="Asia/Thimphu", help_text=_("Such as Asia/Thimphu.")
    )
    intro = TextField(label=_("Introduction"), required=False)
    audience = forms.ChoiceField(label=_("Who sees it"), choices=AUDIENCES, initial="officials")
    call_text = TextField(label=_("What talks are wanted"), required=False)
    call_opens = MomentField(label=_("Call for talks opens"), required=False)
    call_closes = MomentField(label=_("Call for talks closes"), required=False)

    def __init__(self, *args, kept_audience: Audience | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        if kept_audience and kept_audience.key not in dict(AUDIENCES):
            field = self.fields["audience"]
            field.choices = [(kept_audience.key, _("As it is now")), *AUDIENCES]

    def clean_time_zone(self):
        name = self.cleaned_data["time_zone"]
        if not is_named(name):
            raise forms.ValidationError(_("There is no such time zone."))
        return name

    def clean(self):
        cleaned = super().clean()
        for first, last, text in (
            ("starts", "ends", _("It ends before it begins.")),
            ("call_opens", "call_closes", _("The call closes before it opens.")),
        ):
            if cleaned.get(first) and cleaned.get(last) and cleaned[last] < cleaned[first]:
                self.add_error(last, text)
        if bool(cleaned.get("call_opens")) != bool(cleaned.get("call_closes")):
            self.add_error("call_closes", _("A call has a beginning and an end."))
        return cleaned


class PlaceForm(forms.Form):
    """When and where a talk is given."""

    starts = MomentField(label=_("Begins"))
    minutes = forms.IntegerField(
        label=_("Minutes"), validators=[MinValueValidator(1), MaxValueValidator(1440)]
    )
    room = LineField(label=_("Room"), required=False)


class TalkForm(PlaceForm):
    title = LineField(label=_("Title"), max_length=300)
    subtitle = LineField(label=_("Subtitle"), max_length=300, required=False)
    abstract = TextField(label=_("Abstract"), required=False, longest=50_000)
    track = RowField(label=_("Track"), queryset=None, required=False)

    field_order = ["title", "subtitle", "abstract", "track"]

    def __init__(self, *args, talk: Talk, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["track"].queryset = talk.edition.tracks.all()
