import json
from io import StringIO

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from assessments.bank import import_questions
from assessments.formats import Item, gift
from assessments.models import Question
from tests.factories.assessments import BANK


def parse(text):
    rows = list(gift.read(text.splitlines()))
    taken = [row for row in rows if isinstance(row, Item)]
    return taken, [row for row in rows if not isinstance(row, Item)]


def only(text):
    taken, refused = parse(text)
    assert refused == []
    return taken[0]


def code(text):
    taken, refused = parse(text)
    assert taken == []
    return refused[0].code


def test_all_six_types_are_taken_with_their_line():
    taken, refused = parse(BANK)
    assert refused == []
    assert [(item.line, item.type) for item in taken] == [
        (4, "single_choice"),
        (6, "multiple_response"),
        (8, "true_false"),
        (10, "short_answer"),
        (12, "numerical"),
        (14, "matching"),
    ]
    assert {item.category for item in taken} == {"net/basics"}
    assert taken[0].feedback == "Frames."


def test_escapes_comments_formats_and_blank_lines_in_braces():
    item = only("// a comment\n::t\\:1::[markdown]What is 1\\=1\\{x\\}? {\n\n=yes\\#1#f\n\n~no\n}")
    assert item.stem == "What is 1=1{x}?"
    assert item.content["answers"][0] == {"text": "yes#1", "fraction": "100", "feedback": "f"}


def test_a_text_without_answers_is_read_and_an_empty_pair_of_braces_is_an_essay():
    assert only("Only text.").type == "description"
    assert only("Say why. {}").type == "essay"


def test_missing_word_and_ranges():
    assert only("Grant is {=buried ~asleep} there.").stem == "Grant is _____ there."
    assert only("Pi? {#3.1..3.2}").content["answers"][0]["low"] == "3.1"
    assert only("Year? {#=1907:0 =%50%1907:5}").content["answers"][1]["fraction"] == "50"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Broken {=a ~b", "BRACES"),
        ("Two {=a} and {=b}", "BRACES"),
        ("None right {~a ~b}", "WEIGHTS"),
        ("No mark {a b}", "ANSWER_MARK"),
        ("Number {#abc}", "NUMBER"),
        ("Turned {#9..3}", "NUMBER"),
        ("Pair {=a -> b =c}", "PAIR"),
        ("Twice {=a ~a}", "ANSWER_TWICE"),
        ("{=a ~b}", "STEM_MISSING"),
        ("Half {=%50%a}", "NO_RIGHT_ANSWER"),
    ],
)
def test_each_error_has_its_name(text, expected):
    assert code(text) == expected


@given(st.text(alphabet="ab:~=#{}%->\\$ \n0.9T/", max_size=120) | st.text())
def test_no_text_raises_and_nothing_is_dropped_in_silence(text):
    taken, refused = parse(text)
    numbers = [item.n for item in taken] + [row.n for row in refused]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


@pytest.mark.django_db
def test_the_same_text_again_changes_nothing_and_other_text_makes_a_version():
    import_questions(BANK)
    assert import_questions(BANK).unchanged == 6
    changed = import_questions(BANK.replace("port 53", "UDP port 53"))
    assert (changed.changed, changed.unchanged) == (1, 5)
    assert Question.objects.get(ident="three").current.number == 2


@pytest.mark.django_db
def test_command_reports_taken_and_refused_and_writes_nothing_in_a_dry_run(tmp_path):
    file = tmp_path / "bank.gift"
    file.write_text(BANK + "\n\n::bad:: Two {=a} {=b}\n", "utf-8")
    out = StringIO()
    call_command("import_questions", str(file), "--dry-run", "--json", stdout=out)
    report = json.loads(out.getvalue())
    assert [row["type"] for row in report["taken"]][-1] == "matching"
    assert report["refused"] == [
        {
            "n": 7,
            "line": 17,
            "code": "BRACES",
            "message": "There is more than one pair of braces.",
        }
    ]
    assert not Question.objects.exists()
