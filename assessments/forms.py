"""What people answer, one form field per question type; and the bank's upload."""

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from assessments.draws import option_order
from assessments.formats import cloze
from assessments.formats.items import LONGEST_CATEGORY, clean_category
from assessments.models import Category, Question, QuestionVersion, Tag
from assessments.wording import form_of, rich
from competencies.models import Competency

FORM_CHOICES = [
    ("auto", _("Find out")),
    ("gift", "GIFT"),
    ("moodle-xml", "Moodle XML"),
    ("qti", "QTI 1.2, 2, 3"),
    ("common-cartridge", "Common Cartridge"),
    ("csv", _("Table (CSV or .xlsx)")),
]
LONGEST_ANSWER = 1000
LONGEST_ESSAY = 20_000
T = QuestionVersion.Type
ANSWERED_ELSEWHERE = (T.DESCRIPTION, T.OBSERVATION, T.FILE)  # or not at all


class AnswerForm(forms.Form):
    """One question as a form. `answer()` gives the value that assessments/marking.py reads."""

    def __init__(self, *args, version: QuestionVersion, seed: int = 0, slot: int = 0, **kwargs):
        super().__init__(*args, **kwargs)
        self.version = version
        self.content = version.content
        self.seed, self.slot = seed, slot
        getattr(self, f"_{version.type}")()

    @property
    def stem(self):
        return rich(self.version.stem, form_of(self.content))

    @property
    def grouped(self) -> bool:
        """Whether several fields stand under one question."""
        return self.version.type in (T.MATCHING, T.ORDERING)

    @property
    def text_with_gaps(self):
        """The text of a cloze with a control in each of its places."""
        text = str(self.stem).replace("<p>", "<div>").replace("</p>", "</div>")
        shown = cloze.PLACE.sub(self._gap_control, text)
        return mark_safe(shown)  # noqa: S308 (the text is cleaned, the controls are Django's)

    def _gap_control(self, match) -> str:
        name = f"gap{int(match[1]) - 1}"
        return str(self[name]) if name in self.fields else match[0]

    def answer(self):
        data = self.cleaned_data
        kind = self.version.type
        if kind in ANSWERED_ELSEWHERE:
            return None
        if kind == T.MATCHING:
            chosen = [data[f"pair{i}"] for i in range(len(self.content["pairs"]))]
            return chosen if any(chosen) else None
        if kind == T.ORDERING:
            places = [int(data[f"place{i}"] or 0) for i in range(len(self.content["items"]))]
            return places if any(places) else None
        if kind == T.CLOZE:
            gaps = enumerate(self.content["gaps"])
            given = [_value(gap["type"], data[f"gap{place}"]) for place, gap in gaps]
            return given if any(value is not None for value in given) else None
        return _value(kind, data["answer"])

    @staticmethod
    def initial_of(version: QuestionVersion, answer) -> dict:
        """A kept answer as the form shows it."""
        if answer is None:
            return {}
        names = {T.MATCHING: "pair", T.ORDERING: "place", T.CLOZE: "gap"}
        if version.type in names:
            return {f"{names[version.type]}{i}": value for i, value in enumerate(answer)}
        if version.type == T.TRUE_FALSE:
            return {"answer": "true" if answer else "false"}
        return {"answer": answer}

    def _choices(self) -> list[tuple[str, str]]:
        answers = self.content["answers"]
        order = option_order(len(answers), seed=self.seed, slot=self.slot)
        return [
            (str(index), rich(answers[index]["text"], form_of(self.content, answers[index])))
            for index in order
        ]

    def _single_choice(self):
        self.fields["answer"] = forms.ChoiceField(
            label=self.stem,
            choices=self._choices(),
            required=False,
            widget=forms.RadioSelect,
        )

    def _multiple_response(self):
        self.fields["answer"] = forms.MultipleChoiceField(
            label=self.stem,
            help_text=_("Choose every right one."),
            choices=self._choices(),
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )

    def _true_false(self):
        self.fields["answer"] = forms.ChoiceField(
            label=self.stem,
            choices=[("true", _("True")), ("false", _("False"))],
            required=False,
            widget=forms.RadioSelect,
        )

    def _short_answer(self):
        self.fields["answer"] = forms.CharField(
            label=self.stem, max_length=LONGEST_ANSWER, required=False
        )

    def _numerical(self):
        units = ", ".join(unit["unit"] for unit in self.content.get("units", []))
        self.fields["answer"] = forms.CharField(
            label=self.stem,
            help_text=_("A number, with or without one of: %(units)s.") % {"units": units}
            if units
            else "",
            max_length=60,
            required=False,
            widget=forms.TextInput(attrs={"inputmode": "text" if units else "decimal"}),
        )

    def _matching(self):
        rights = sorted({pair[1] for pair in self.content["pairs"]} | set(self._extra()))
        order = option_order(len(rights), seed=self.seed, slot=self.slot)
        choices = [("", _("Choose"))] + [(rights[i], rights[i]) for i in order]
        for place, (left, _right) in enumerate(self.content["pairs"]):
            self.fields[f"pair{place}"] = forms.ChoiceField(
                label=left, choices=choices, required=False
            )

    def _extra(self) -> list[str]:
        return self.content.get("extra", [])

    def _ordering(self):
        """A place for each item: works by keyboard and without JavaScript."""
        items = self.content["items"]
        places = [("", _("Place"))] + [(str(n), str(n)) for n in range(1, len(items) + 1)]
        for index in option_order(len(items), seed=self.seed, slot=self.slot):
            self.fields[f"place{index}"] = forms.ChoiceField(
                label=items[index], choices=places, required=False
            )

    def _cloze(self):
        for place, gap in enumerate(self.content["gaps"]):
            self.fields[f"gap{place}"] = _gap_field(gap, place + 1)

    def _essay(self):
        self.fields["answer"] = forms.CharField(
            label=self.stem,
            help_text=_("A person reads and marks this."),
            max_length=LONGEST_ESSAY,
            required=False,
            widget=forms.Textarea(attrs={"rows": 8}),
        )

    def _file(self):
        """Nothing to fill in: the file has a page of its own (assessments/file_views.py)."""

    def _observation(self):
        """Nothing to fill in: an assessor watches."""

    def _description(self):
        """Nothing to fill in: a text that is read."""


def _value(kind: str, value):
    """A field's value as marking reads it."""
    if value in ("", None, []):
        return None
    if kind == T.SINGLE_CHOICE:
        return int(value)
    if kind == T.MULTIPLE_RESPONSE:
        return sorted(map(int, value))
    if kind == T.TRUE_FALSE:
        return value == "true"
    return value


def _gap_field(gap: dict, number: int) -> forms.Field:
    named = {"aria-label": _("Gap %(number)s") % {"number": number}, "class": "gap"}
    choices = [(str(i), row.get("text", "")) for i, row in enumerate(gap["answers"])]
    if gap["type"] == T.SINGLE_CHOICE:
        return forms.ChoiceField(
            choices=[("", _("Choose")), *choices],
            required=False,
            widget=forms.Select(attrs=named),
        )
    if gap["type"] == T.MULTIPLE_RESPONSE:
        return forms.MultipleChoiceField(
            choices=choices, required=False, widget=forms.CheckboxSelectMultiple(attrs=named)
        )
    kind = {"inputmode": "decimal"} if gap["type"] == T.NUMERICAL else {}
    return forms.CharField(
        max_length=LONGEST_ANSWER,
        required=False,
        widget=forms.TextInput(attrs=named | kind | {"size": 14}),
    )


class BankFilter(forms.Form):
    """What of the bank is listed. A value that nobody offers narrows nothing."""

    q = forms.CharField(label=_("Words"), max_length=100, required=False)
    category = forms.ModelChoiceField(
        label=_("Category"), queryset=Category.objects.all(), required=False, to_field_name="slug"
    )
    tag = forms.ModelChoiceField(
        label=_("Tag"), queryset=Tag.objects.all(), required=False, to_field_name="slug"
    )
    competency = forms.ModelChoiceField(
        label=_("Competency"),
        queryset=Competency.objects.filter(questions__isnull=False).distinct(),
        required=False,
        to_field_name="code",
    )
    difficulty = forms.TypedChoiceField(
        label=_("Difficulty"),
        choices=[("", _("Any")), *Question.Difficulty.choices],
        coerce=int,
        required=False,
    )
    type = forms.ChoiceField(label=_("Type"), choices=[("", _("Any")), *T.choices], required=False)

    def narrow(self, questions):
        """`questions` that fit what was chosen."""
        self.full_clean()
        found = getattr(self, "cleaned_data", {})
        names = {"category": "category", "tag": "tags", "competency": "competency",
                 "difficulty": "difficulty", "type": "current__type"}  # fmt: skip
        fitting = {names[name]: found[name] for name in names if found.get(name)}
        questions = questions.filter(**fitting)
        for word in (found.get("q") or "").split()[:10]:
            questions = questions.filter(
                Q(ident__icontains=word) | Q(title__icontains=word)
                | Q(current__stem__icontains=word)
            )  # fmt: skip
        return questions


class ImportForm(forms.Form):
    """A file of questions to look at; nothing is written yet."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("GIFT, Moodle XML, QTI, Common Cartridge, CSV or a workbook (.xlsx)."),
    )
    form = forms.ChoiceField(label=_("Format"), choices=FORM_CHOICES, initial="auto")
    bank = forms.CharField(
        label=_("Bank"),
        max_length=LONGEST_CATEGORY,
        required=False,
        help_text=_("The shelf under which all questions of the file stand, such as “network”."),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > settings.MAX_UPLOAD_BYTES // 10:
            raise forms.ValidationError(_("The file is larger than 5 MB. Split it into several."))
        return file

    def clean_bank(self):
        return clean_category(self.cleaned_data["bank"])
