from django import forms
from django.utils.translation import gettext_lazy as _


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is taken back"),
        max_length=300,
        help_text=_("Everybody who checks the certificate reads this."),
    )


class CheckForm(forms.Form):
    serial = forms.CharField(
        label=_("Number on the certificate"),
        max_length=20,
        help_text=_("Such as CC-2026-7KMP-4XQR."),
    )
