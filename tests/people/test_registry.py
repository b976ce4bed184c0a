import json
from contextlib import suppress
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from people.geography import import_geography, import_tracks
from people.models import Centre, Organisation, Posting, RegistryImport, User
from people.registry import centres, people
from people.registry.judging import REFUSED
from people.registry.reading import Record, Table, UnreadableError, read_table
from people.registry.services import apply_file, judge

STARTER = Path(__file__).parents[2] / "starter" / "data"
DATA = Path(__file__).parent / "data"
AS_OF = date(2026, 10, 31)
FILES = [
    ("registry_sample.csv", "people"),
    ("operators_sample.csv", "people"),
    ("centres_sample.csv", "centres"),
]


@pytest.fixture
def ground(db):
    import_geography(STARTER / "geography.csv")
    import_tracks(STARTER / "tracks.csv")


def apply(name, kind, folder=STARTER):
    return apply_file((folder / name).read_bytes(), kind=kind, name=name, by=None)


def compare(name, kind):
    expected = json.loads((DATA / f"{name}.expected.json").read_text("utf-8"))
    report = judge((DATA / f"{name}.csv").read_bytes(), kind=kind, as_of=AS_OF)
    for said, wanted in zip(report.rows, expected["rows"], strict=True):
        about = wanted["note"]
        assert (said.record, said.line, said.id) == (
            wanted["record"],
            wanted["line"],
            wanted["id"],
        ), about
        assert said.outcome == wanted["outcome"], (about, said)
        assert said.reasons[:1] == wanted["reasons"][:1], (about, said)
        assert bool(said.message) == (said.outcome not in ("accepted", "unchanged")), about
    counts = {outcome: count for outcome, count in report.counts.items() if count}
    assert counts == expected["counts"]


def test_every_record_of_the_messy_people_file_is_judged_as_expected(ground):
    compare("registry_messy", "people")


def test_every_record_of_the_messy_centres_file_is_judged_as_expected(ground):
    apply("operators_sample.csv", "people")
    compare("centres_messy", "centres")


def state():
    return [
        list(model.objects.order_by("pk").values())
        for model in (User, Posting, Centre, Organisation, RegistryImport)
    ]


def test_the_samples_come_in_whole_and_a_second_time_changes_nothing(ground):
    for name, kind in FILES:
        assert apply(name, kind).counts["refused"] == 0
    assert User.objects.count() == 550
    assert Posting.objects.count() == 697
    assert Centre.objects.count() == 200
    before = state()
    for name, kind in FILES:
        report = judge((STARTER / name).read_bytes(), kind=kind)
        assert report.counts["unchanged"] == len(report.rows)
        apply(name, kind)
    assert state() == before


@pytest.mark.parametrize("name", ["registry_semicolon_cp1252.csv", "registry_utf16.tsv"])
def test_files_as_other_programs_save_them_are_taken(ground, name):
    assert apply(name, "people", DATA).counts["refused"] == 0
    assert User.objects.count() == 6


def test_a_dry_run_reports_and_writes_nothing(ground):
    out = StringIO()
    call_command(
        "import_registry",
        str(STARTER / "operators_sample.csv"),
        kind="people",
        dry_run=True,
        as_json=True,
        stdout=out,
    )
    report = json.loads(out.getvalue())
    assert report["counts"]["accepted"] == 200
    assert set(report["rows"][0]) == {
        "record", "line", "id", "outcome", "reasons", "column", "message",
    }  # fmt: skip
    assert not User.objects.exists()


def test_a_posting_that_ends_in_a_later_file_is_changed(ground):
    rows = (STARTER / "operators_sample.csv").read_text("utf-8").splitlines()
    apply("operators_sample.csv", "people")
    cells = rows[1].split(",")
    closed = rows[1].replace(",2020-05-18,,", ",2020-05-18,2026-10-01,")
    assert closed != rows[1], cells
    data = "\n".join([rows[0], closed]).encode()
    assert apply_file(data, kind="people", name="x.csv", by=None).counts["accepted"] == 1
    posting = Posting.objects.get(person__employee_id="OPR001")
    assert posting.ends == date(2026, 10, 1)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (b"a,b\n1,2", "no header"),
        (b"employee_id,name,agency\n1,2,3", "no column dzongkhag"),
        (b"employee_id,name,agency,dzongkhag,posting_from,name\n", "column 6: name"),
        (b"employee_id,name,agency,dzongkhag,posting_from,shoe\n", "column 6: “shoe”"),
        (b"PK\x03\x04garbage", "cannot be opened"),
        (bytes(range(256)) * 20, "no text"),
        (b"x" * (50 * 1024 * 1024 + 1), "larger than 50 MB"),
    ],
)
def test_what_is_no_table_is_refused_with_the_place(data, message):
    with pytest.raises(UnreadableError, match=message):
        read_table(data, wanted=people.COLUMNS, required=people.REQUIRED)


def test_the_command_refuses_an_empty_file(ground, tmp_path):
    file = tmp_path / "empty.csv"
    file.write_bytes(b"")
    with pytest.raises(CommandError, match="empty"):
        call_command("import_registry", str(file), kind="people")


def test_quoted_line_breaks_keep_the_line_numbers():
    data = b'employee_id,name,agency,dzongkhag,posting_from\n1,"a\nb",c,d,e\n2,f,g,h,i\n'
    table = read_table(data, wanted=people.COLUMNS, required=people.REQUIRED)
    assert [record.line for record in table.records] == [2, 4]


def _workbook() -> bytes:
    book, content = Workbook(), BytesIO()
    book.active.append(list(people.COLUMNS))
    book.save(content)
    return content.getvalue()


WORKBOOK = _workbook()
CELLS = st.lists(st.text(max_size=30) | st.sampled_from(["Thimphu", "2021-01-01", "SPC", "P4"]))


@given(st.lists(CELLS, max_size=4))
def test_no_people_row_breaks_the_judge(rows):
    known = people.Known(["Thimphu"], {}, {"SPC": ["P4"]})
    records = [Record(n, n + 1, cells) for n, cells in enumerate(rows, start=1)]
    judged = people.judge_people(Table(list(people.COLUMNS), records), known, as_of=AS_OF)
    assert len(judged) == len(rows)


@given(st.lists(st.lists(st.text(max_size=20), min_size=11, max_size=11), max_size=4))
def test_no_centre_row_breaks_the_judge(rows):
    gewogs = {"Paro": ["Dokar"]}
    known = centres.Known(["Paro"], {}, gewogs, {"Paro": {}}, ["4g"], ["grid"], {}, set())
    records = [Record(n, n + 1, cells) for n, cells in enumerate(rows, start=1)]
    judged = centres.judge_centres(Table(list(centres.COLUMNS), records), known, as_of=AS_OF)
    assert all(row.reasons for row in judged if row.outcome == REFUSED)


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data):
    with suppress(UnreadableError):
        read_table(data, wanted=people.COLUMNS, required=people.REQUIRED)


@given(st.data())
def test_no_damage_to_a_workbook_breaks_the_reader(data):
    damaged = bytearray(WORKBOOK)
    for _each in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(4, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with suppress(UnreadableError):
        read_table(bytes(damaged), wanted=people.COLUMNS, required=people.REQUIRED)
