"""Who reads a material, and who took part in a conference."""

from django import forms
from django.utils.translation import gettext_lazy as _

from events.forms import LicenceField
from events.meeting_forms import TextField
from events.models import Access
from people.fields import DayInput
from people.models import User


class AccessForm(forms.Form):
    """Who reads a material, from which day on, and what they may do with it."""

    access = forms.ChoiceField(label=_("Who reads it"), choices=Access)
    from_day = forms.DateField(
        label=_("From this day on (empty: at once)"), required=False, widget=DayInput
    )
    licence = LicenceField(nothing=_("not said"))


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
