from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.models import Case, Flag, Restriction
from moderation.subjects import cases_for
from people.fields import MomentField, RowsField

LONGEST = timedelta(days=366)


class FlagForm(forms.Form):
    why = forms.ChoiceField(
        label=_("What is wrong with it?"), choices=Flag.Why.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("What should the pool know?"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DecideForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("keep", _("Keep: everybody sees it again")),
            ("hide", _("Hide: only its author and those who serve the pool see it")),
            ("redact", _("Redact: the text, its versions and files are gone for good")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason, for the author"),
        max_length=300,
        help_text=_("Do not repeat what the text says: the reason stays on record."),
    )
    final = forms.BooleanField(label=_("I know that redacting cannot be undone"), required=False)

    def clean(self):
        data = super().clean()
        if data.get("decision") == "redact" and not data.get("final"):
            self.add_error("final", _("Redacting removes the text for good: confirm it."))
        return data


class DecideManyForm(forms.Form):
    """One decision on several cases; what cannot be undone is decided one by one."""

    cases = RowsField(
        queryset=Case.objects.none(),
        error_messages={"required": _("Tick the texts that you decide on.")},
    )
    decision = forms.ChoiceField(
        label=_("Decision on all that are ticked"),
        choices=[
            (name, label)
            for name, label in DecideForm.base_fields["decision"].choices
            if name != "redact"
        ],
        widget=forms.RadioSelect,
    )
    reason = DecideForm.base_fields["reason"]

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["cases"].queryset = cases_for(person)

    @property
    def ticked(self) -> set[str]:
        """The cases that were sent, whatever else is wrong."""
        return set(self.data.getlist("cases")) if self.is_bound else set()


class AppealForm(forms.Form):
    text = forms.CharField(
        label=_("Why should it be shown?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("You appeal once. Somebody other than who decided looks at it."),
    )


class RestrictForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What"), choices=Restriction.Kind.choices, widget=forms.RadioSelect
    )
    until = MomentField(label=_("Until"))
    reason = forms.CharField(label=_("Reason, for the person"), max_length=300)

    def clean_until(self):
        until, now = self.cleaned_data["until"], timezone.now()
        if not now < until <= now + LONGEST:
            raise forms.ValidationError(_("Choose a moment within the next year."))
        return until
