"""The clocks without a database: a table worked out by hand, and what holds for any times."""

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.clocks import (
    LADDER,
    Clock,
    Event,
    Reading,
    Targets,
    due,
    in_working_time,
    readings,
    steps_due,
    working_days_after,
)
from people.calendar import THIMPHU

ROWS = (Path(__file__).parent / "clocks.csv").read_text("utf-8")
TABLE = list(csv.DictReader(ROWS.splitlines()))
HOUR = timedelta(hours=1)
TARGETS = Targets(response=4 * HOUR, update=8 * HOUR, delivery=40 * HOUR)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=THIMPHU)


def pause(text: str):
    begins, _slash, ends = text.partition("/")
    return at(begins), at(ends) if ends else None


def test_the_table_is_long_enough():
    assert len(TABLE) >= 60


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["why"])
def test_golden_table(row):
    result = due(
        at(row["start"]),
        float(row["hours"]) * HOUR,
        {date.fromisoformat(day) for day in row["holidays"].split("|") if day},
        [pause(text) for text in row["pauses"].split("|") if text],
    )
    assert result == (at(row["due"]) if row["due"] else None), row["why"]


# --- What holds for any times -------------------------------------------------------

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001 (zone follows)
    lambda value: value.replace(tzinfo=THIMPHU, microsecond=0)
)
LENGTHS = st.integers(0, 200 * 60).map(lambda minutes: timedelta(minutes=minutes))
DAYS = st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=60)
PAUSES = st.lists(
    st.tuples(MOMENTS, LENGTHS).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=4
)


@given(MOMENTS, LENGTHS, DAYS, PAUSES)
def test_never_due_outside_working_time_nor_before_the_start(start, target, holidays, pauses):
    result = due(start, target, holidays, pauses)
    assert in_working_time(result, holidays)
    assert result >= start + target


@given(MOMENTS, MOMENTS, LENGTHS, LENGTHS, DAYS, PAUSES)
def test_later_start_or_longer_target_is_never_due_earlier(one, two, short, long, days, pauses):
    (one, two), (short, long) = sorted([one, two]), sorted([short, long])
    assert due(one, short, days, pauses) <= due(two, short, days, pauses)
    assert due(one, short, days, pauses) <= due(one, long, days, pauses)


@given(MOMENTS, LENGTHS, DAYS, PAUSES, MOMENTS, LENGTHS)
def test_pausing_never_shortens(start, target, holidays, pauses, begins, length):
    before = due(start, target, holidays, pauses)
    assert due(start, target, holidays, [*pauses, (begins, begins + length)]) >= before


@given(MOMENTS, LENGTHS, DAYS, PAUSES, st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_a_late_holiday_never_shortens(start, target, holidays, pauses, late):
    before = due(start, target, holidays, pauses)
    assert due(start, target, holidays | {late}, pauses) >= before


# --- The three clocks of a request --------------------------------------------------


def story(*steps: str) -> list[Event]:
    """Events from lines of "day time verb state [requester]", in June 2026."""
    events = []
    for line in steps:
        day, hour, verb, state, *who = line.split()
        events.append(Event(at(f"2026-06-{day} {hour}"), verb, state, bool(who)))
    return events


def dues(events, targets=TARGETS, holidays=frozenset()):
    return {row.clock: row.due for row in readings(events, targets, holidays)}


def test_a_new_request_runs_two_clocks():
    assert dues(story("01 09:00 file new requester")) == {
        Clock.RESPONSE: at("2026-06-01 13:00"),
        Clock.DELIVERY: at("2026-06-05 17:00"),
    }


def test_a_claim_answers_and_starts_the_clock_for_updates():
    rows = readings(
        story("01 09:00 file new requester", "01 10:00 claim claimed"), TARGETS, frozenset()
    )
    assert [(row.clock, row.met) for row in rows] == [
        (Clock.RESPONSE, at("2026-06-01 10:00")),
        (Clock.UPDATE, None),
        (Clock.DELIVERY, None),
    ]
    assert rows[1].due == at("2026-06-02 10:00")


def test_a_message_of_the_requester_is_no_news_from_the_pool():
    events = story(
        "01 09:00 file new requester",
        "01 10:00 claim claimed",
        "01 16:00 message claimed requester",
    )
    assert dues(events)[Clock.UPDATE] == at("2026-06-02 10:00")
    events += story("01 16:30 message claimed")
    assert dues(events)[Clock.UPDATE] == at("2026-06-02 16:30")


def test_only_waiting_for_the_requester_pauses():
    begun = ["01 09:00 file new requester", "01 09:30 claim claimed", "01 10:00 start in_work"]
    waiting = story(*begun, "01 11:00 wait waiting")
    assert dues(waiting)[Clock.DELIVERY] is None
    resumed = story(*begun, "01 11:00 wait waiting", "02 11:00 resume in_work requester")
    assert dues(resumed)[Clock.DELIVERY] == at("2026-06-08 17:00")  # eight hours later
    handed = story(*begun, "01 11:00 hand_over claimed", "02 11:00 give_back triaged")
    assert dues(handed)[Clock.DELIVERY] == at("2026-06-05 17:00")


def test_routing_counts_the_new_targets_from_the_first_start():
    events = story("01 09:00 file new requester", "02 09:00 route triaged")
    quick = Targets(response=HOUR, update=HOUR, delivery=16 * HOUR)
    assert dues(events, quick)[Clock.DELIVERY] == at("2026-06-02 17:00")


def test_reopening_starts_delivery_anew():
    events = story(
        "01 09:00 file new requester",
        "01 10:00 claim claimed",
        "01 11:00 start in_work",
        "02 09:00 deliver delivered",
    )
    assert readings(events, TARGETS, frozenset())[-1] == Reading(
        Clock.DELIVERY, 0, at("2026-06-05 17:00"), at("2026-06-02 09:00")
    )
    events += story("08 09:00 reopen reopened requester")
    assert readings(events, TARGETS, frozenset())[-1] == Reading(
        Clock.DELIVERY, 1, at("2026-06-12 17:00")
    )


def test_a_holiday_of_last_week_moves_what_is_due():
    events = story("01 09:00 file new requester")
    assert dues(events, holidays={date(2026, 6, 3)})[Clock.DELIVERY] == at("2026-06-08 17:00")


@pytest.mark.parametrize(
    ("now", "reached"),
    [
        ("2026-06-01 13:00", 0),  # due this minute is not late
        ("2026-06-01 13:01", 1),
        ("2026-06-01 17:01", 0),  # after hours nobody is told
        ("2026-06-02 09:01", 2),
        ("2026-06-02 13:01", 3),
        ("2026-06-03 13:01", 4),
        ("2026-06-06 13:00", 0),
    ],
)
def test_the_ladder_is_climbed_in_working_time(now, reached):
    reading = Reading(Clock.RESPONSE, 0, at("2026-06-01 13:00"))
    assert steps_due(reading, at(now), frozenset()) == list(LADDER[:reached])


def test_working_days_after_leaves_out_weekends_and_holidays():
    assert working_days_after(at("2026-06-01 10:00"), 10, {date(2026, 6, 3)}) == at(
        "2026-06-16 10:00"
    )
