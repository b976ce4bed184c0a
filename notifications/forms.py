from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.models import Preference


class AddressForm(forms.Form):
    address = forms.EmailField()


class PreferenceForm(forms.Form):
    mails = forms.ChoiceField(
        label=_("What comes by mail"),
        choices=Preference.Mails.choices,
        widget=forms.RadioSelect,
        help_text=_("All of it stands under “Notices” as well, whatever you choose here."),
    )
    quiet = forms.BooleanField(
        label=_("Only in working hours"),
        required=False,
        help_text=_(
            "In office hours, Monday to Friday but on holidays. What is urgent comes at once."
        ),
    )
