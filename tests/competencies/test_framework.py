"""The framework comes in by a command: all or none, safe to repeat, each bad row named."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from competencies.models import Competency, Descriptor, RoleProfile, Target
from people.models import TrackLevel

pytestmark = pytest.mark.django_db
STARTER = settings.BASE_DIR / "starter" / "data"
FRAMEWORK = "framework.csv"
TABLES = ("tracks.csv", FRAMEWORK, "profiles.csv")


def first_line(name: str) -> str:
    return (STARTER / name).read_text("utf-8").splitlines()[0]


def row(**cells) -> str:
    """One row of framework.csv."""
    usual = {
        "pool_code": "NET",
        "pool": "Networking",
        "key_role": "Engineer",
        "competency_area": "Operation",
        "competency_code": "NET-01",
        "key_competency": "Cabling",
        "definition": "Cables well.",
        "proficiency_level": "Entry",
        "behavioural_indicator": "Crimps a plug.",
        "renew_every_months": "24",
    }
    return ",".join((usual | cells)[name] for name in first_line(FRAMEWORK).split(","))


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path


def write(folder, *rows: str, name=FRAMEWORK) -> None:
    (folder / name).write_text("\n".join([first_line(name), *rows]) + "\n", "utf-8")


def run(folder, **options) -> str:
    out = StringIO()
    call_command("import_framework", folder, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def counts():
    return [model.objects.count() for model in (TrackLevel, Competency, Descriptor, Target)]


def test_the_starter_framework_comes_in_whole_and_once():
    assert "refused" not in run(STARTER)
    before = counts()
    assert before[1] == 57
    assert "taken" not in run(STARTER)
    assert counts() == before


def test_a_dry_run_judges_profiles_against_the_tracks_beside_them_and_writes_nothing():
    report = json.loads(run(STARTER, dry_run=True, as_json=True))
    assert {line["outcome"] for lines in report.values() for line in lines} == {"taken"}
    assert counts() == [0, 0, 0, 0]


def test_a_changed_cell_is_taken_and_the_rest_left(folder):
    write(folder, row(), row(competency_code="NET-02"))
    run(folder)
    write(folder, row(renew_every_months="12"), row(competency_code="NET-02"))
    assert run(folder) == "framework: 1 taken, 1 unchanged\n"
    assert Descriptor.objects.get(competency__code="NET-01").renew_every_months == 12


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"competency_code": ""}, "competency_code"),
        ({"competency_code": "NET 01"}, "competency_code"),
        ({"competency_code": "N" * 17}, "competency_code"),
        ({"key_competency": " "}, "key_competency"),
        ({"key_competency": "n" * 121}, "key_competency"),
        ({"pool_code": "P" * 9}, "pool_code"),
        ({"behavioural_indicator": ""}, "behavioural_indicator"),
        ({"proficiency_level": "Master"}, "proficiency_level"),
        ({"renew_every_months": "two"}, "renew_every_months"),
        ({"renew_every_months": "٣"}, "renew_every_months"),
        ({"renew_every_months": "99999"}, "renew_every_months"),
    ],
)
def test_a_bad_row_is_refused_by_line_and_column_and_the_others_come_in(folder, cells, column):
    write(folder, row(**cells), row(competency_code="NET-02"))
    said = run(folder)
    assert said.startswith(f"framework line 2: {column}: ")
    assert [row.code for row in Competency.objects.all()] == ["NET-02"]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("RP-9,Nobody,NET,XXX,P4,NET-01,Cabling,Entry,no", "level"),
        ("RP-9,Nobody,NET,SVC,OC,NET-77,Cabling,Entry,no", "competency_code"),
        ("RP-9,Nobody,NET,SVC,OC,NET-01,Cabling,Master,no", "target_level"),
        ("RP 9,Nobody,NET,SVC,OC,NET-01,Cabling,Entry,no", "profile_code"),
    ],
)
def test_a_bad_profile_is_refused_by_line_and_column(folder, cells, column):
    (folder / "tracks.csv").write_bytes((STARTER / "tracks.csv").read_bytes())
    write(folder, row())
    write(folder, cells, name="profiles.csv")
    assert f"profiles line 2: {column}: " in run(folder)
    assert not RoleProfile.objects.exists()


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no column"),
        (b"\x89PNG\r\n\x1a\n", "is not UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "is not UTF-8"),
        (b"a,\x00b\n", "is no text table"),
        (b"a,b\n1,2\n", "no column"),
        (b'a,"' + b"b" * 200_000 + b'"\n', "field larger than"),
    ],
)
def test_what_is_no_such_table_leaves_everything_as_it_was(folder, name, data, message):
    write(folder, row())
    (folder / name).write_bytes(data)
    with pytest.raises(CommandError, match=message):
        run(folder)
    assert counts() == [0, 0, 0, 0]


def test_a_column_that_stands_there_twice_is_named(folder):
    (folder / FRAMEWORK).write_text(first_line(FRAMEWORK) + ",definition\n", "utf-8")
    with pytest.raises(CommandError, match="definition stands there twice"):
        run(folder)


def test_a_track_without_an_order_is_named_by_line(folder):
    write(folder, "SVC,Service,About,first,OC,Operator,0", name="tracks.csv")
    with pytest.raises(CommandError, match=r"tracks\.csv, row 2: level_order is no number"):
        run(folder)


def test_a_folder_with_nothing_to_take_is_wrong_use(folder):
    with pytest.raises(CommandError, match="holds none of the three files") as refusal:
        run(folder)
    assert refusal.value.returncode == 2
