"""What the page of a sitting, the exam room, markers and regraders send."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from people.forms import EmployeeIdsField
from people.inert import LARGEST_PICTURE
from people.models import User

LARGEST_SEQUENCE = 2_000_000_000


class SentForm(forms.Form):
    """What a browser's script sends along with an answer, to make its replay safe."""

    seq = forms.IntegerField(min_value=1, max_value=LARGEST_SEQUENCE)
    client = forms.UUIDField(required=False)
    base = forms.IntegerField(min_value=0, max_value=LARGEST_SEQUENCE, required=False)
    watched = forms.BooleanField(required=False)

    def numbers(self) -> dict:
        data = self.cleaned_data
        return {
            "client_seq": data["seq"],
            "client": data["client"],
            "base": data["base"],
            "watched": data["watched"],
        }


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300)


class GiveUpForm(ReasonForm):
    sure = forms.BooleanField(
        label=_("I end this attempt without a result; it counts as one of mine"),
    )


class CandidatesForm(forms.Form):
    """Who is put on the list of an exam before it begins."""

    employee_ids = EmployeeIdsField()

    def people(self):
        ids = self.cleaned_data["employee_ids"]
        return User.objects.filter(employee_id__in=ids, is_active=True).order_by("employee_id")


class AnswerFileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,  # the refusal names it
        max_length=200,
        help_text=_(
            "A picture (PNG, JPEG, WebP, GIF) or a PDF without a password of at most 10 MB, or a "
            "text such as a log or a configuration of at most 1 MB."
        ),
        widget=forms.FileInput(attrs={"accept": "image/*,text/*,.log,.conf,.cfg"}),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST_PICTURE:  # refused before it is read into memory
            raise forms.ValidationError(_("The file is larger than 10 MB."))
        return file


class SheetForm(forms.Form):
    """Marks that were given in a spreadsheet."""

    file = forms.FileField(
        label=_("The sheet as CSV"),
        allow_empty_file=True,  # the refusal says so
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=_("You see what would be done with each row before anything is marked."),
    )


class GrantForm(ReasonForm):
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=600)

    field_order = ["minutes", "reason"]


class DecisionForm(ReasonForm):
    """What an invigilator does with a sitting."""

    verb = forms.ChoiceField(
        choices=[("pause", _("Pause")), ("resume", _("Let it go on")), ("void", _("Make void"))]
    )


class AccommodationForm(forms.Form):
    person = forms.ModelChoiceField(
        label=_("Employee ID"),
        queryset=User.objects.filter(is_active=True),
        to_field_name="employee_id",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"invalid_choice": _("No person has this employee ID.")},
    )
    extra_percent = forms.IntegerField(
        label=_("Extra time in percent"), min_value=0, max_value=100, initial=0
    )
    language = forms.ChoiceField(
        label=_("Language of the exam page"),
        choices=[("", _("As the person has chosen")), *settings.LANGUAGES],
        required=False,
    )
    large_print = forms.BooleanField(label=_("Large print"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=300)


class MarkForm(forms.Form):
    """Points for each criterion of a rubric, and what the marker has to say."""

    def __init__(self, *args, criteria: list[tuple[str, int]], **kwargs):
        super().__init__(*args, **kwargs)
        for number, (text, most) in enumerate(criteria):
            self.fields[f"points{number}"] = forms.IntegerField(
                label=text or _("Mark in percent"),
                help_text=_("0 to %(most)d") % {"most": most},
                min_value=0,
                max_value=most,
            )
        self.fields["comment"] = forms.CharField(
            label=_("Comment"), max_length=2000, required=False, widget=forms.Textarea
        )
        self.criteria = len(criteria)

    def points(self) -> list[int]:
        return [self.cleaned_data[f"points{number}"] for number in range(self.criteria)]
