"""The first words of the discussion of a talk."""

from django import forms
from django.utils.translation import gettext_lazy as _

from events.meeting_forms import TextField


class DiscussionForm(forms.Form):
    body = TextField(
        label=_("Discuss this talk"),
        longest=20_000,
        help_text=_("A question or a thought; it opens a topic in the pool, for all who see it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    cid = forms.UUIDField(widget=forms.HiddenInput)
