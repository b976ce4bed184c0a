"""Files into the bank: by command and in the browser, repeated, hostile, huge."""

import io
import json
import re
import zipfile
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.urls import reverse

from assessments import formats
from assessments.bank import import_file, import_questions, items_of
from assessments.formats import Item
from assessments.formats.write import same
from assessments.models import Category, Question, QuestionImport, QuestionVersion
from assessments.queries import bank_questions
from tests.assessments.test_corpus import FILES, ROOT
from tests.factories.people import PersonFactory

MOODLE = (ROOT / "moodle" / "multichoice-single.xml").read_bytes()


def run(*args):
    out = StringIO()
    call_command("import_questions", *map(str, args), stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_command_takes_every_format_by_itself_under_one_bank(tmp_path):
    paths = [
        ROOT / "gift" / "single-choice.gift",
        ROOT / "moodle" / "multichoice-single.xml",
        ROOT / "qti1" / "true-false.xml",
        ROOT / "qti3" / "order.xml",
        ROOT / "csv" / "semicolons.csv",
    ]
    out = run(*paths, "--bank", "cables")
    assert [line.rpartition(": ")[2] for line in out.splitlines()] == [
        "1 new, 0 changed, 0 unchanged, 0 refused",
        # The same title as the GIFT file's in the same bank, so a new version of it.
        "0 new, 1 changed, 0 unchanged, 0 refused",
        "1 new, 0 changed, 0 unchanged, 0 refused",
        "1 new, 0 changed, 0 unchanged, 0 refused",
        "2 new, 0 changed, 0 unchanged, 0 refused",
    ]
    assert {slug.split("/")[0] for slug in Category.objects.values_list("slug", flat=True)} == {
        "cables"
    }


@pytest.mark.django_db
def test_json_is_the_documented_document_and_a_dry_run_writes_nothing():
    path = ROOT / "gift" / "refused-braces.gift"
    report = json.loads(run(path, "--format", "gift", "--bank", "b", "--dry-run", "--json"))
    assert list(report) == ["file", "taken", "refused"]
    assert report["file"] == "refused-braces.gift"
    assert list(report["taken"][0]) == [
        "n", "line", "type", "title", "stem", "answers", "pairs", "tolerance", "feedback",
    ]  # fmt: skip
    assert [(row["n"], row["line"], row["code"]) for row in report["refused"]] == [
        (1, 1, "BRACES"),
        (2, 3, "BRACES"),
        (4, 7, "BRACES"),
    ]
    assert not Question.objects.exists()


@pytest.mark.django_db
def test_a_file_that_is_not_there_is_named():
    with pytest.raises(CommandError, match="no file /nowhere.gift"):
        run("/nowhere.gift")


@pytest.mark.django_db
def test_the_same_title_in_another_bank_is_another_question():
    for bank in ("one", "two", "one"):
        import_questions("::Q1::Is it?{T}", bank=bank)
    assert sorted(Question.objects.values_list("ident", flat=True)) == ["one-q1", "two-q1"]
    assert QuestionVersion.objects.count() == 2


@pytest.mark.django_db
def test_equal_titles_of_one_file_are_questions_of_their_own_and_stay_so():
    text = "::Again::First?{T}\n\n::Again::Second?{F}\n\n::Again 2::Third?{T}"
    for _ in range(2):
        import_questions(text)
    assert list(Question.objects.values_list("ident", "current__stem").order_by("pk")) == [
        ("again", "First?"),
        ("again-2", "Second?"),
        ("again-2-2", "Third?"),
    ]
    assert QuestionVersion.objects.count() == 3


@pytest.mark.django_db
def test_tags_and_difficulty_come_along_and_change_without_a_new_version():
    import_questions("// [tag:old] [difficulty:easy]\n::A::Is it?{T}")
    report = import_questions("// [tag:new] [difficulty:hard]\n::A::Is it?{T}")
    question = Question.objects.get()
    assert (report.changed, question.current.number, question.difficulty) == (1, 1, 3)
    assert [tag.slug for tag in question.tags.all()] == ["new"]
    assert import_questions("::A::Is it?{T}").unchanged == 1


@pytest.mark.django_db
def test_a_competency_that_nobody_knows_refuses_its_question():
    report = import_questions("// [competency:NOPE]\n::A::Is it?{T}\n\n::B::And?{T}")
    assert [(row.n, row.code) for row in report.refused] == [(1, "COMPETENCY")]
    assert report.new == 1


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["gift", "moodle-xml", "csv"])
def test_the_bank_written_out_and_read_in_elsewhere_is_equal(form, tmp_path):
    with (ROOT / "csv" / "all-types.csv").open("rb") as file:
        import_file(file, name="all-types.csv")
    path = tmp_path / "out"
    errors = StringIO()
    call_command("export_questions", "--format", form, "--output", str(path), stderr=errors)
    with path.open("rb") as file:
        back = list(formats.read(file, form=form))
    before = [item for item in items_of(bank_questions()) if item.type not in LEFT_OUT[form]]
    left_out = [name for name in LEFT_OUT[form].values() for name in name]
    assert errors.getvalue().count("NOT_IN_FORMAT") == len(left_out)
    before = [item for item in before if item.title not in left_out]
    assert len(before) == len(back)
    assert all(same(ours, theirs) for ours, theirs in zip(before, back, strict=True))


LEFT_OUT = {
    "csv": {},
    "moodle-xml": {"observation": ["Crimp a plug"]},
    "gift": {
        "observation": ["Crimp a plug"], "file": ["Drawing"], "cloze": ["Gaps"],
        "ordering": ["Morning"], "*": ["Root", "Ping", "Handover"],
    },
}  # fmt: skip


# --- Hostile and huge ------------------------------------------------------------------------


def zipped(entries: dict[str, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in entries.items():
            package.writestr(name, content)
    return buffer


def manifest(href: str) -> bytes:
    return (
        f'<manifest><resources><resource type="imsqti_xmlv1p2/x/assessment" href="{href}"/>'
        "</resources></manifest>"
    ).encode()


def codes(file: io.BytesIO, name: str = "") -> list[str]:
    return [row.code for row in formats.read(file, name=name) if not isinstance(row, Item)]


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    bomb = zipped({"imsmanifest.xml": manifest("a.xml"), "a.xml": b" " * 50_000_000})
    assert codes(bomb) == ["ZIP_BOMB"]


def test_a_path_out_of_the_package_is_refused_by_its_name():
    entries = {"imsmanifest.xml": manifest("../a.xml"), "../a.xml": b"<questestinterop/>"}
    assert codes(zipped(entries)) == ["PATH"]


def test_a_package_inside_a_package_is_named():
    inner = zipped({"imsmanifest.xml": manifest("a.xml")}).getvalue()
    outer = zipped({"imsmanifest.xml": manifest("a.xml"), "more.zip": inner})
    assert codes(outer) == ["FILE_MISSING", "NESTED"]


def test_an_encrypted_entry_is_refused_by_its_name():
    content = bytearray(zipped({"imsmanifest.xml": manifest("a.xml"), "a.xml": b"<x/>"}).getvalue())
    at = content.rindex(b"PK\x01\x02")  # the last entry of the directory: its flags follow
    content[at + 8] |= 1
    assert codes(io.BytesIO(content)) == ["ENCRYPTED"]


def test_a_damaged_entry_is_refused_and_the_rest_is_read():
    file = zipped({"imsmanifest.xml": manifest("a.xml"), "a.xml": b"<questestinterop/>" * 99})
    content = bytearray(file.getvalue())
    at = content.index(b"a.xml") + 8
    content[at : at + 4] = b"\xff\xff\xff\xff"
    assert codes(io.BytesIO(content)) == ["NOT_ZIP"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_cut_or_turned_round_anywhere_still_gives_an_answer(path):
    content = path.read_bytes() if path.is_file() else b""
    for form in ("auto", *formats.FORMATS):
        for piece in (content[: len(content) // 2], content[len(content) // 3 :], content[::-1]):
            rows = list(formats.read(io.BytesIO(piece), name=path.name, form=form))
            assert rows
            assert [row.n for row in rows] == list(range(1, len(rows) + 1))


class Endless(io.RawIOBase):
    """A file of questions that never ends, and how much of it was read."""

    def __init__(self, head: bytes, question: bytes):
        self.start, self.question, self.sent = head, question * 100, 0
        self.head = head

    def readable(self):
        return True

    def seek(self, *_args):
        self.head = self.start
        return 0

    def read(self, size=-1):
        self.sent += 1
        head, self.head = self.head, b""
        return head or self.question

    def readline(self, size=-1):
        self.sent += 1
        return b"::A::Is it?{T}\n" if self.sent % 2 else b"\n"


@pytest.mark.parametrize(
    ("form", "file"),
    [
        ("gift", Endless(b"", b"")),
        (
            "moodle-xml",
            Endless(b"<quiz>", MOODLE[MOODLE.index(b"<question ") : MOODLE.index(b"</quiz>")]),
        ),
    ],
)
def test_questions_come_while_the_file_is_still_being_read(form, file):
    rows = formats.read(file, form=form)
    for _ in range(1000):
        assert isinstance(next(rows), Item)
    assert file.sent < 3000


# --- In the browser --------------------------------------------------------------------------


@pytest.fixture
def author(db):
    return PersonFactory(groups=["author"])


def upload(client, content: bytes, name: str, **fields):
    file = io.BytesIO(content)
    file.name = name
    data = {"file": file, "form": "auto", "bank": ""} | fields
    return client.post(reverse("assessments:import"), data, follow=True)


def test_a_file_is_seen_before_it_is_taken(author, signed_in):
    client = signed_in(author)
    page = upload(client, MOODLE + b"", "switch.xml", bank="cables")
    assert "Which layer does a switch work on?" in page.content.decode()
    assert not Question.objects.exists()
    brought = QuestionImport.objects.get()
    for _ in range(2):  # twice changes nothing
        page = client.post(reverse("assessments:take", args=[brought.pk]), follow=True)
    assert "1 new, 0 changed" in page.content.decode()
    assert [q.category.slug for q in Question.objects.all()] == ["cables"]


def test_what_is_refused_is_shown_with_line_and_code(author, signed_in):
    page = upload(signed_in(author), b"::A::One {=a ~b\n\n::B::Two?{T}", "a.gift")
    text = page.content.decode()
    assert "Question 1, line 1" in text
    assert "BRACES" in text


def test_a_file_of_somebody_else_is_not_there(author, signed_in):
    upload(signed_in(author), MOODLE, "switch.xml")
    other = signed_in(PersonFactory(groups=["author"]))
    address = reverse("assessments:brought", args=[QuestionImport.objects.get().pk])
    assert other.get(address).status_code == 404


def test_no_file_and_an_odd_format_are_said_at_their_fields(author, signed_in):
    response = signed_in(author).post(reverse("assessments:import"), {"form": "word", "bank": "x"})
    assert response.status_code == 422
    assert 'value="x"' in response.content.decode()


def test_every_code_of_refusal_is_in_the_guide():
    root = Path(formats.__file__).parent
    sources = [path.read_text("utf-8") for path in [*root.glob("*.py"), root.parent / "bank.py"]]
    found = {code for text in sources for code in re.findall(r'"([A-Z][A-Z_0-9]{2,})"', text)}
    guide = (Path(settings.BASE_DIR) / "docs" / "guides" / "questions.md").read_text("utf-8")
    assert {code for code in found - NO_CODES if not re.search(rf"\b{code}\b", guide)} == set()


# Words in capitals that are no codes: of the formats themselves.
NO_CODES = {
    "SCORE", "TRUE", "FALSE", "SHORTANSWER", "SHORTANSWER_C", "SAC", "MWC", "NUMERICAL",
    "MULTICHOICE", "MULTICHOICE_S", "MULTICHOICE_V", "MULTICHOICE_H", "MULTICHOICE_VS",
    "MULTICHOICE_HS", "MCS", "MCV", "MCH", "MCVS", "MCHS", "MULTIRESPONSE", "MULTIRESPONSE_H",
    "MULTIRESPONSE_S", "MULTIRESPONSE_HS", "MRH", "MRS", "MRHS", "GIFT", "CSV",
    "NFC", "NFKD", "LMN", "FORMATS",
}  # fmt: skip
