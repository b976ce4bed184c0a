"""What people answer, one form field per question type; and the bank's upload."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from assessments.draws import option_order
from assessments.models import QuestionVersion

LONGEST_ANSWER = 1000
T = QuestionVersion.Type


class AnswerForm(forms.Form):
    """One question as a form. `answer()` gives the value that assessments/marking.py reads."""

    def __init__(self, *args, version: QuestionVersion, seed: int = 0, slot: int = 0, **kwargs):
        super().__init__(*args, **kwargs)
        self.version = version
        self.seed, self.slot = seed, slot
        getattr(self, f"_{version.type}")()

    def answer(self):
        data = self.cleaned_data
        kind = self.version.type
        if kind == T.MATCHING:
            chosen = [data[f"pair{i}"] for i in range(len(self.version.content["pairs"]))]
            return chosen if any(chosen) else None
        value = data["answer"]
        if value in ("", None, []):
            return None
        if kind == T.SINGLE_CHOICE:
            return int(value)
        if kind == T.MULTIPLE_RESPONSE:
            return sorted(map(int, value))
        if kind == T.TRUE_FALSE:
            return value == "true"
        return value

    @staticmethod
    def initial_of(version: QuestionVersion, answer) -> dict:
        """A kept answer as the form shows it."""
        if answer is None:
            return {}
        if version.type == T.MATCHING:
            return {f"pair{i}": value for i, value in enumerate(answer)}
        if version.type == T.TRUE_FALSE:
            return {"answer": "true" if answer else "false"}
        return {"answer": answer}

    def _choices(self) -> list[tuple[str, str]]:
        answers = self.version.content["answers"]
        order = option_order(len(answers), seed=self.seed, slot=self.slot)
        return [(str(index), answers[index]["text"]) for index in order]

    def _single_choice(self):
        self.fields["answer"] = forms.ChoiceField(
            label=self.version.stem,
            choices=self._choices(),
            required=False,
            widget=forms.RadioSelect,
        )

    def _multiple_response(self):
        self.fields["answer"] = forms.MultipleChoiceField(
            label=self.version.stem,
            help_text=_("Choose every right one."),
            choices=self._choices(),
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )

    def _true_false(self):
        self.fields["answer"] = forms.ChoiceField(
            label=self.version.stem,
            choices=[("true", _("True")), ("false", _("False"))],
            required=False,
            widget=forms.RadioSelect,
        )

    def _short_answer(self):
        self.fields["answer"] = forms.CharField(
            label=self.version.stem, max_length=LONGEST_ANSWER, required=False
        )

    def _numerical(self):
        self.fields["answer"] = forms.CharField(
            label=self.version.stem,
            max_length=60,
            required=False,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        )

    def _matching(self):
        content = self.version.content
        rights = sorted({pair[1] for pair in content["pairs"]} | set(content.get("extra", [])))
        order = option_order(len(rights), seed=self.seed, slot=self.slot)
        choices = [("", _("Choose"))] + [(rights[i], rights[i]) for i in order]
        for place, (left, _right) in enumerate(content["pairs"]):
            self.fields[f"pair{place}"] = forms.ChoiceField(
                label=left, choices=choices, required=False
            )


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("GIFT file"), help_text=_("Plain text in UTF-8. Nothing is written yet.")
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > settings.MAX_UPLOAD_BYTES // 10:
            raise forms.ValidationError(_("The file is larger than 5 MB. Split it into several."))
        try:
            return file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError(
                _("The file is not UTF-8 text. Save it as UTF-8 and choose it again.")
            ) from None


class ConfirmForm(forms.Form):
    text = forms.CharField(widget=forms.HiddenInput, strip=False)
