"""What the page of a sitting, the exam room, markers and regraders send."""

from django import forms

LARGEST_SEQUENCE = 2_000_000_000


class SentForm(forms.Form):
    """What a browser's script sends along with an answer, to make its replay safe."""

    seq = forms.IntegerField(min_value=1, max_value=LARGEST_SEQUENCE)
    client = forms.UUIDField(required=False)
    base = forms.IntegerField(min_value=0, max_value=LARGEST_SEQUENCE, required=False)
    watched = forms.BooleanField(required=False)

    def numbers(self) -> dict:
        data = self.cleaned_data
        return {
            "client_seq": data["seq"],
            "client": data["client"],
            "base": data["base"],
            "watched": data["watched"],
        }
