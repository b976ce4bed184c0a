import uuid

from django import forms
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from events.forms import clean_line
from events.meetings import APOLOGIES, LARGEST_PAPER, PRESENT
from people.fields import DayInput, MomentField
from people.letters import control_characters, one_newline
from people.models import User

LONGEST_TEXT = 100_000
MOST_ITEMS, LONGEST_ITEM = 60, 300


def _at_most(letters: int) -> MaxLengthValidator:
    return MaxLengthValidator(
        letters, _("At most %(limit_value)d letters; this has %(show_value)d.")
    )


def _kept(text: str) -> str:
    if control_characters(text):
        raise forms.ValidationError(_("The text holds a character that cannot be kept."))
    return text


class LineField(forms.CharField):
    """One line: spaces are single, and nothing in it that cannot be kept."""

    def __init__(self, *, max_length=200, **options):
        super().__init__(**options)
        self.validators.append(_at_most(max_length))

    def clean(self, value):
        return _kept(clean_line(super().clean(value)))


class TextField(forms.CharField):
    """A text of several lines, as it was typed."""

    widget = forms.Textarea

    def __init__(self, *, longest=LONGEST_TEXT, **options):
        super().__init__(strip=False, **options)
        self.validators.append(_at_most(longest))

    def to_python(self, value):
        return one_newline(super().to_python(value))

    def clean(self, value):
        return _kept(super().clean(value))


class EmployeeField(LineField):
    """A person, by employee ID."""

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        person = User.objects.filter(employee_id__iexact=text[:40], is_active=True).first()
        if person is None:
            raise forms.ValidationError(_("Nobody has this employee ID."))
        return person


class MeetingForm(forms.Form):
    title = LineField(label=_("Title"))
    date = forms.DateField(label=_("Day"), widget=DayInput)
    starts = forms.TimeField(
        label=_("Begins at"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    minutes_planned = forms.IntegerField(
        label=_("Minutes planned"),
        initial=120,
        validators=[MinValueValidator(5), MaxValueValidator(1440)],
    )
    place = LineField(label=_("Place"), required=False)
    papers_until = MomentField(label=_("Papers until"), required=False)
    agenda = TextField(
        label=_("Agenda"),
        required=False,
        longest=MOST_ITEMS * LONGEST_ITEM,
        help_text=_("One item a line. Open actions of earlier meetings are added by themselves."),
    )
    cid = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    def clean_agenda(self):
        items = [" ".join(line.split()) for line in self.cleaned_data["agenda"].split("\n")]
        items = [item for item in items if item]
        if len(items) > MOST_ITEMS or any(len(item) > LONGEST_ITEM for item in items):
            raise forms.ValidationError(
                _("At most %(items)d items of %(letters)d letters.")
                % {"items": MOST_ITEMS, "letters": LONGEST_ITEM}
            )
        return items


class PaperForm(forms.Form):
    title = LineField(label=_("Title of the paper"))
    item = forms.ChoiceField(label=_("For the agenda item"), required=False)
    text = TextField(label=_("Text"), required=False)
    file = forms.FileField(
        label=_("PDF"),
        required=False,
        help_text=_("A text, a PDF of at most 20 MB, or both."),
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf,.pdf"}),
    )
    cid = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    def __init__(self, *args, meeting, **kwargs):
        super().__init__(*args, **kwargs)
        items = [(entry["item"], entry["item"]) for entry in meeting.agenda]
        self.fields["item"].choices = [("", _("None of them")), *items]

    def clean_file(self):
        file = self.cleaned_data["file"]
        if not file:
            return None
        if file.size > LARGEST_PAPER:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        if not file.read(5).startswith(b"%PDF"):
            raise forms.ValidationError(_("This is not a PDF."))
        file.seek(0)
        return file

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not cleaned.get("file") and not cleaned["text"].strip():
            self.add_error("text", _("A paper has a text, a file, or both."))
        return cleaned


class MinutesForm(forms.Form):
    text = TextField(label=_("Minutes"), required=False, widget=forms.Textarea(attrs={"rows": 24}))
    base = forms.IntegerField(min_value=0, max_value=32767, initial=0, widget=forms.HiddenInput)
    cid = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)


class AttendanceForm(forms.Form):
    """A choice for each person, and one more by employee ID."""

    more = EmployeeField(label=_("Somebody else was there (employee ID)"), required=False)

    def __init__(self, *args, people, marks, **kwargs):
        super().__init__(*args, **kwargs)
        choices = [("", _("not noted")), (PRESENT, _("present")), (APOLOGIES, _("apologies"))]
        self.people = {f"p{person.pk}": person for person in people}
        for name, person in self.people.items():
            self.fields[name] = forms.ChoiceField(
                label=person.name,
                choices=choices,
                required=False,
                initial=marks.get(person.pk, ""),
            )
        self.order_fields([*self.people, "more"])

    def marks(self) -> dict[int, str]:
        found = {person.pk: self.cleaned_data[name] for name, person in self.people.items()}
        if more := self.cleaned_data["more"]:
            found[more.pk] = PRESENT
        return found


class DecisionForm(forms.Form):
    text = TextField(label=_("Decision"), longest=5000, widget=forms.Textarea(attrs={"rows": 3}))


class ActionForm(forms.Form):
    text = TextField(label=_("Action"), longest=2000, widget=forms.Textarea(attrs={"rows": 2}))
    owner = EmployeeField(label=_("Owner (employee ID)"))
    due = forms.DateField(label=_("Due"), widget=DayInput)


class WriterForm(forms.Form):
    person = EmployeeField(label=_("Who writes the minutes too (employee ID)"))
