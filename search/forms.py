from django import forms
from django.utils.translation import gettext_lazy as _

from search.services import LONGEST_QUERY


class SearchForm(forms.Form):
    q = forms.CharField(
        label=_("Search for"),
        max_length=LONGEST_QUERY,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autofocus": True}),
    )
    kind = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    pool = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
