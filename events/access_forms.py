"""Who reads a material, whether slides are still true, and who took part in a conference."""

from django import forms
from django.utils.translation import gettext_lazy as _

from events.forms import LicenceField
from events.meeting_forms import LineField, TextField
from events.models import Access, SlidesReview
from people.fields import DayInput
from people.models import User


class AccessForm(forms.Form):
    """Who reads a material, from which day on, and what they may do with it."""

    access = forms.ChoiceField(label=_("Who reads it"), choices=Access)
    from_day = forms.DateField(
        label=_("From this day on (empty: at once)"), required=False, widget=DayInput
    )
    licence = LicenceField(nothing=_("not said"))


class VerdictForm(forms.Form):
    """Whether slides are still true, and why not."""

    verdict = forms.ChoiceField(
        label=_("Are these slides still true?"), choices=SlidesReview.Verdict
    )
    reason = LineField(label=_("If not: why, and what holds now"), max_length=300, required=False)

    def clean(self):
        super().clean()
        said = self.cleaned_data
        if said.get("verdict") == SlidesReview.Verdict.OBSOLETE and not said.get("reason"):
            self.add_error("reason", _("Say why: whoever reads them later needs it."))
        return said


class ParticipantsForm(forms.Form):
    """Who took part in a conference: employee IDs, one a line."""

    people = TextField(
        label=_("Employee IDs, one a line"),
        required=False,
        help_text=_("Speakers take part without being named here."),
    )

    def clean_people(self):
        wanted = {line.strip() for line in self.cleaned_data["people"].splitlines()} - {""}
        known = {row.employee_id: row for row in User.objects.filter(employee_id__in=wanted)}
        if unknown := sorted(wanted - known.keys()):
            raise forms.ValidationError(
                _("The registry does not know: %(ids)s") % {"ids": ", ".join(unknown)[:500]}
            )
        return list(known.values())
