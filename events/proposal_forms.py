import re
import uuid

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from events.meeting_forms import EmployeeField, LineField, TextField
from events.models import Edition, Proposal
from people.fields import MomentField, RowField
from people.models import User

MOST_CO_SPEAKERS = 10


class ProposalForm(forms.Form):
    title = LineField(label=_("Title"))
    abstract = TextField(
        label=_("Abstract"),
        required=False,
        longest=20_000,
        help_text=_("What listeners take home. A draft can do without."),
    )
    notes = TextField(
        label=_("For the reviewers only"),
        required=False,
        longest=5_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    minutes = forms.IntegerField(
        label=_("Minutes"), initial=25, validators=[MinValueValidator(5), MaxValueValidator(240)]
    )
    track = RowField(label=_("Track"), queryset=None, required=False)
    co_speakers = LineField(
        label=_("Speakers with you (employee IDs)"), required=False, max_length=400
    )
    cid = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    def __init__(self, *args, edition: Edition, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["track"].queryset = edition.tracks.all()

    def clean_co_speakers(self):
        ids = [each for each in re.split(r"[\s,;]+", self.cleaned_data["co_speakers"]) if each]
        if len(ids) > MOST_CO_SPEAKERS:
            raise forms.ValidationError(_("At most %d of them.") % MOST_CO_SPEAKERS)
        people = User.objects.filter(is_active=True).annotate(key=Lower("employee_id"))
        found = {row.key: row for row in people.filter(key__in=[each.lower() for each in ids])}
        unknown = [each for each in ids if each.lower() not in found]
        if unknown:
            raise forms.ValidationError(
                _("Nobody has this employee ID: %(ids)s") % {"ids": ", ".join(unknown)[:200]}
            )
        return list(found.values())


class ReviewForm(forms.Form):
    score = forms.TypedChoiceField(
        label=_("How much it should be in the programme"),
        choices=[
            (5, _("5: certainly")),
            (4, "4"),
            (3, _("3: if there is room")),
            (2, "2"),
            (1, _("1: no")),
        ],
        coerce=int,
    )
    comment = TextField(
        label=_("Why"), required=False, longest=5_000, widget=forms.Textarea(attrs={"rows": 4})
    )


class DecideForm(forms.Form):
    """What becomes of a proposal, with a word to its speakers; for a talk its hour and room."""

    to = forms.ChoiceField(label=_("Decision"))
    message = TextField(
        label=_("To the speakers"),
        required=False,
        longest=5_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    starts = MomentField(label=_("If accepted: begins"), required=False)
    minutes = forms.IntegerField(
        label=_("Minutes"),
        required=False,
        validators=[MinValueValidator(5), MaxValueValidator(1440)],
    )
    room = LineField(label=_("Room"), required=False)

    def __init__(self, *args, goals: list[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [(goal, Proposal.State(goal).label) for goal in goals]

    def clean(self):
        cleaned = super().clean()
        accepted = cleaned.get("to") == Proposal.State.ACCEPTED
        if accepted and not cleaned.get("starts") and "starts" not in self.errors:
            self.add_error("starts", _("A talk needs a day and an hour."))
        return cleaned


class ReviewerForm(forms.Form):
    person = EmployeeField(label=_("Ask somebody to review (employee ID)"))
