"""For whom a USB edition is made."""

from django import forms
from django.utils.translation import gettext_lazy as _

from events.bundles import all_know_of
from events.models import Edition
from events.programme_forms import AUDIENCES
from people.audiences import OPERATORS
from people.models import Audience


def _choices(edition: Edition) -> list[tuple[str, str]]:
    """The audiences of which everybody may know of the conference."""
    known = [*AUDIENCES, (OPERATORS, _("Operators of centres"))]
    fitting = [
        (key, label) for key, label in known if all_know_of(edition.audience, set(key.split()))
    ]
    if edition.audience.key not in dict(fitting):
        fitting.insert(0, (edition.audience.key, _("Whoever sees the conference")))
    return fitting


def name_of(edition: Edition, readers: set[str]) -> str:
    names = {frozenset(key.split()): label for key, label in _choices(edition)}
    return names.get(frozenset(readers), ", ".join(sorted(readers)))


class UsbForm(forms.Form):
    audience = forms.ChoiceField(
        label=_("Who reads it"),
        help_text=_("A stick has no sign-in: it holds only what all of them may read."),
    )

    def __init__(self, *args, edition: Edition, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["audience"].choices = _choices(edition)

    def clean_audience(self) -> Audience:
        return Audience.objects.of(*self.cleaned_data["audience"].split())
