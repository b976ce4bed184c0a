"""The ledger is only added to: the database refuses the rest, and a correction is a new row."""

from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from competencies.models import Evidence
from competencies.queries import held_by
from competencies.services import correct_evidence, record_evidence
from tests.factories.courses import CompetencyFactory
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def competency():
    return CompetencyFactory()


@pytest.fixture
def person():
    return PersonFactory()


def record(person, competency, *, order=1, kind="observation", **more) -> Evidence:
    return record_evidence(
        person=person,
        competency=competency,
        level=competency.framework.levels.get(order=order),
        kind=kind,
        source=competency,
        **more,
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE competencies_evidence SET note = 'better' WHERE id = %s",
        "UPDATE competencies_evidence SET person_id = person_id WHERE id = %s",
        "DELETE FROM competencies_evidence WHERE id = %s",
    ],
)
def test_the_database_refuses_to_change_the_ledger(person, competency, statement):
    evidence = record(person, competency)
    before = list(Evidence.objects.values())
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [evidence.pk])
    assert list(Evidence.objects.values()) == before


def test_the_same_source_is_written_once(person, competency):
    assert record(person, competency) == record(person, competency, note="again")
    assert Evidence.objects.get().note == ""


def test_the_database_refuses_the_same_source_a_second_time(person, competency):
    evidence = record(person, competency)
    evidence.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        evidence.save(force_insert=True)


def test_self_assessment_stands_in_the_ledger_and_counts_for_nothing(person, competency):
    record(person, competency, kind="self", order=3)
    assert held_by(person) == {}


def test_evidence_holds_for_as_long_as_the_framework_says(person, competency):
    level = competency.framework.levels.get(order=1)
    level.descriptors.create(competency=competency, renew_every_months=12)
    assert record(person, competency, observed_on=date(2024, 2, 29)).valid_until == date(
        2025, 2, 28
    )


def test_a_wrong_row_is_superseded_and_stays_readable(person, competency):
    registrar, wrong = PersonFactory(), record(person, competency, order=3)
    right = correct_evidence(wrong, by=registrar, note="It was somebody else.", withdrawn=True)
    assert held_by(person) == {}
    assert [row.pk for row in Evidence.objects.order_by("pk")] == [wrong.pk, right.pk]
    assert (right.supersedes, right.assessor, right.note) == (
        wrong,
        registrar,
        "It was somebody else.",
    )


def test_a_correction_said_twice_is_written_once_and_can_be_taken_back(person, competency):
    registrar, row = PersonFactory(), record(person, competency, order=2)
    first = correct_evidence(row, by=registrar, note="Wrong.", withdrawn=True)
    assert correct_evidence(row, by=registrar, note="Wrong.", withdrawn=True) == first
    correct_evidence(row, by=registrar, note="It was right.", withdrawn=False)
    assert held_by(person)[competency.pk].level == 2
    assert Evidence.objects.count() == 3


def test_one_row_is_superseded_once(person, competency):
    wrong = record(person, competency)
    correct_evidence(wrong, by=person, note="", withdrawn=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.create(
            person=person,
            competency=competency,
            level=wrong.level,
            kind=wrong.kind,
            source_app="x",
            source_id="x",
            source_title="x",
            observed_on=wrong.observed_on,
            supersedes=wrong,
        )


def test_evidence_recorded_again_after_a_correction_gives_the_first_row(person, competency):
    wrong = record(person, competency)
    correct_evidence(wrong, by=person, note="", withdrawn=True)
    assert record(person, competency) == wrong
    assert held_by(person) == {}
