from django import forms
from django.utils.translation import gettext_lazy as _


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is taken back"),
        max_length=300,
        help_text=_("Everybody who checks the certificate reads this."),
    )


class CheckForm(forms.Form):
    serial = forms.RegexField(
        r"\A[A-Za-z0-9 -]+\Z",
        label=_("Number on the certificate"),
        max_length=20,
        error_messages={"invalid": _("A number has only letters, digits and hyphens.")},
        help_text=_("Such as CC-2026-7KMP-4XQR."),
    )
