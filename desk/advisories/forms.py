import uuid
from datetime import date, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from desk.advisories import queries
from desk.forms import LONGEST_NOTE, PoolChoice
from desk.models import LONGEST_BODY, LONGEST_TITLE, Addressee, Advisory, AdvisoryAnswer
from forums.forms import TypedField
from forums.models import ExpertPool
from people.fields import DayInput, RowField, RowsField
from people.models import Dzongkhag, Organisation

LATEST = timedelta(days=730)
REACH = [("all", _("All")), ("some", _("Only those chosen below")), ("none", _("None"))]


class AdvisoryForm(forms.Form):
    """An advisory as it is written: what, until when, to whom."""

    pool = PoolChoice(
        label=_("In whose name?"),
        queryset=ExpertPool.objects.none(),
        required=False,
        empty_label=_("The parent agency (DITT)"),
    )
    title = TypedField(
        label=_("What is asked?"),
        min_length=8,
        max_length=LONGEST_TITLE,
        one_line=True,
        help_text=_("One line that says what should be different afterwards."),
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=Advisory.Kind.choices, widget=forms.RadioSelect
    )
    body = TypedField(
        label=_("Why, what is to be done, and how is it checked?"),
        max_length=LONGEST_BODY,
        help_text=_("Markdown. Say also when it does not apply."),
        widget=forms.Textarea(attrs={"rows": 10, "data-draft": ""}),
    )
    due = forms.DateField(label=_("Answers until"), widget=DayInput)
    urgent = forms.BooleanField(
        label=_("Urgent: mail goes out at once, outside office hours too"), required=False
    )
    agencies = forms.ChoiceField(
        label=_("Agencies"), choices=REACH, initial="all", widget=forms.RadioSelect
    )
    organisations = RowsField(
        label=_("Which agencies"),
        queryset=Organisation.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    centres = forms.ChoiceField(
        label=_("Community centres"), choices=REACH, initial="none", widget=forms.RadioSelect
    )
    dzongkhags = RowsField(
        label=_("Centres of which dzongkhags"),
        queryset=Dzongkhag.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    restricted = forms.BooleanField(
        label=_("Restricted: only the agencies that are asked read it; mails do not name it"),
        required=False,
    )
    cid = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    def __init__(self, *args, pools, for_ditt: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["pool"].queryset = pools
        if not for_ditt:
            self.fields["pool"].required = True
            self.fields["pool"].empty_label = _("Choose a pool")
        self.fields["organisations"].queryset = queries.agencies()

    def clean_due(self) -> date:
        due, today = self.cleaned_data["due"], timezone.localdate()
        if not today < due <= today + LATEST:
            raise forms.ValidationError(_("A day after today, within two years."))
        return due

    def clean(self):
        """`agencies` and `centres` come out as the rows that they mean."""
        data = super().clean()
        reach, centres = data.get("agencies"), data.get("centres")
        if reach == "some" and not data.get("organisations"):
            self.add_error("organisations", _("Choose at least one agency."))
        if centres == "some" and not data.get("dzongkhags"):
            self.add_error("dzongkhags", _("Choose at least one dzongkhag."))
        if (reach, centres) == ("none", "none"):
            self.add_error("agencies", _("Somebody must be asked: agencies, centres or both."))
        if data.get("restricted") and centres != "none":
            self.add_error("restricted", _("What goes to centres is open to everyone."))
        return data

    @property
    def advisory(self) -> dict:
        """What `services.issue` takes, of a form that is valid."""
        data = dict(self.cleaned_data)
        chosen, places = data.pop("organisations"), data.pop("dzongkhags")
        agencies = {"all": queries.agencies(), "some": chosen, "none": []}
        found = queries.centres()
        centres = {"all": found, "some": found.filter(gewog__dzongkhag__in=places), "none": []}
        return data | {
            "agencies": agencies[data["agencies"]],
            "centres": centres[data["centres"]],
        }


class AddresseeChoice(RowField):
    def label_from_instance(self, addressee):
        return addressee.name


class AnswerForm(forms.Form):
    """What the own agency or centre says."""

    addressee = AddresseeChoice(
        label=_("For whom?"), queryset=Addressee.objects.none(), empty_label=None
    )
    state = forms.ChoiceField(
        label=_("What became of it?"),
        choices=AdvisoryAnswer.State.choices,
        widget=forms.RadioSelect,
    )
    reason = TypedField(
        label=_("Note; for “not applicable”, the reason"),
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    cid = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    def __init__(self, *args, addressees, **kwargs):
        """`addressees` are those for whom the person answers; of one there is nothing to choose."""
        super().__init__(*args, **kwargs)
        field, rows = self.fields["addressee"], list(addressees[:2])
        field.queryset = addressees
        if len(rows) == 1:
            field.initial, field.widget = rows[0].pk, forms.HiddenInput()

    def clean(self):
        data = super().clean()
        state = data.get("state")
        if state == AdvisoryAnswer.State.NOT_APPLICABLE and not data.get("reason"):
            self.add_error("reason", _("Say why it does not apply."))
        return data


class WithdrawForm(forms.Form):
    why = TypedField(
        label=_("Why is it withdrawn?"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
