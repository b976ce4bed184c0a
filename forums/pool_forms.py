"""Forms of who could help, and when."""

from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certification.models import Scheme
from competencies.models import Competency, Level
from forums.models import PoolEntry, SpokenLanguage
from people.fields import DayInput, RowField, RowsField
from people.models import Dzongkhag

LONGEST_ABSENCE = timedelta(days=3 * 366)


def _day(label):
    return forms.DateField(label=label, widget=DayInput)


class ProfileForm(forms.Form):
    claims_at_once = forms.IntegerField(
        label=_("Requests that you take on at once"),
        min_value=0,
        max_value=50,
        help_text=_("With 0 nobody suggests you; you can still claim."),
    )
    hours_a_week = forms.IntegerField(
        label=_("Hours a week for the pools"), min_value=0, max_value=60, required=False
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages in which you can be asked"),
        choices=SpokenLanguage.Code.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    dzongkhags = RowsField(
        label=_("Dzongkhags to which you can travel"),
        queryset=Dzongkhag.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    hides_held = forms.BooleanField(
        label=_("The directory leaves out what I hold: competencies and certificates"),
        required=False,
        help_text=_("Requests are still suggested to you by what you hold."),
    )
    hides_delivered = forms.BooleanField(
        label=_("The directory leaves out how much I delivered, and how fast"), required=False
    )


class AbsenceForm(forms.Form):
    starts = _day(_("Away from"))
    ends = _day(_("Up to and including"))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=100,
        required=False,
        help_text=_("Only you see it."),
    )

    def clean(self):
        data = super().clean()
        starts, ends = data.get("starts"), data.get("ends")
        if not (starts and ends):
            return data
        if ends < starts:
            self.add_error("ends", _("It ends before it begins."))
        elif ends < timezone.localdate():
            self.add_error("ends", _("These days are over."))
        elif ends - starts > LONGEST_ABSENCE:
            self.add_error("ends", _("At most three years; leave the pool for longer."))
        return data


class EntryForm(forms.Form):
    scheme = RowField(
        label=_("Certificate"), queryset=Scheme.objects.order_by("title"), required=False
    )
    competency = RowField(
        label=_("Or a competency"), queryset=Competency.objects.all(), required=False
    )
    level = RowField(
        label=_("at this level or above"),
        queryset=Level.objects.select_related("framework"),
        required=False,
    )

    def clean(self):
        data = super().clean()
        if self.errors:
            return data
        scheme, competency, level = (data.get(name) for name in ("scheme", "competency", "level"))
        if bool(scheme) == bool(competency):
            self.add_error("scheme", _("Choose a certificate or a competency, one of both."))
        elif competency and (level is None or level.framework_id != competency.framework_id):
            self.add_error("level", _("Choose a level of the competency's own framework."))
        elif scheme:
            data["level"] = None
        return data


class RemoveEntryForm(forms.Form):
    entry = RowField(queryset=PoolEntry.objects.none())

    def __init__(self, *args, pool, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entry"].queryset = pool.entries.all()


class RemoveAbsenceForm(forms.Form):
    absence = RowField(queryset=None)

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["absence"].queryset = person.absences.all()


class DirectoryForm(forms.Form):
    """What narrows the directory; nothing of it is needed."""

    competency = RowField(label=_("Competency"), queryset=Competency.objects.all(), required=False)
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("", "---------"), *SpokenLanguage.Code.choices],
        required=False,
    )
    dzongkhag = RowField(label=_("Dzongkhag"), queryset=Dzongkhag.objects.all(), required=False)
    free_now = forms.BooleanField(label=_("Free now"), required=False)
