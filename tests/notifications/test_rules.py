"""The pure rules of mail: when it may go out, what a writer wrote, what a token proves."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifications import tokens
from notifications.quiet import next_open, week_begins
from notifications.quoting import own_words
from notifications.reading import UnreadableMailError, headers_only, read
from people.calendar import THIMPHU, is_working_day, office_hours

DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 (the strategy gives the zone)
HOLIDAYS = st.frozensets(DAYS, max_size=40)


@given(MOMENTS, HOLIDAYS)
def test_mail_goes_out_in_working_hours_and_no_later_than_the_next(moment, holidays):
    found = next_open(moment, holidays)
    day = found.astimezone(THIMPHU).date()
    opens, closes = office_hours(day)
    assert found >= moment
    assert is_working_day(day, holidays)
    assert opens <= found < closes
    assert next_open(found, holidays) == found
    if found > moment:
        before = next_open(found - timedelta(seconds=1), holidays)
        assert before == found


@given(MOMENTS, MOMENTS, HOLIDAYS)
def test_what_may_wait_keeps_its_order(first, second, holidays):
    first, second = sorted([first, second])
    assert next_open(first, holidays) <= next_open(second, holidays)


@given(DAYS, HOLIDAYS)
def test_all_days_of_a_week_have_one_day_of_the_weekly_mail(day, holidays):
    begins = week_begins(day, holidays)
    monday = day - timedelta(days=day.weekday())
    assert begins >= monday
    assert is_working_day(begins, holidays)
    assert {week_begins(monday + timedelta(days=n), holidays) for n in range(7)} == {begins}


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-10-30 16:59", "2026-10-30 16:59"),  # Friday
        ("2026-10-30 17:00", "2026-11-02 09:00"),
        ("2026-11-27 15:59", "2026-11-27 15:59"),  # Friday in winter
        ("2026-11-27 16:00", "2026-11-30 09:00"),
        ("2026-11-30 08:59", "2026-11-30 09:00"),
        ("2026-12-16 12:00", "2026-12-18 09:00"),  # two holidays
    ],
)
def test_moments_worked_out_by_hand(moment, opens):
    holidays = {date(2026, 12, 16), date(2026, 12, 17)}
    moment, opens = (
        datetime.fromisoformat(text).replace(tzinfo=THIMPHU) for text in (moment, opens)
    )
    assert next_open(moment, holidays) == opens


WORDS = st.lists(
    st.sampled_from(
        [
            "A line.",
            "",
            "> quoted",
            ">> deeper",
            "On Mon, Pema <p@example.org> wrote:",
            "-- ",
            "Sent from my iPhone",
            "From: a@example.org",
            "Sent: Monday",
            "To: b@example.org",
            "-----Original Message-----",
            "འདི་ལེགས་ཤོམ་འདུག།",
        ]
    ),
    max_size=14,
)


@given(WORDS)
def test_cutting_adds_nothing_and_a_second_cut_takes_nothing_that_was_written(lines):
    kept = own_words("\n".join(lines)).split("\n")
    rest = iter([*lines, ""])
    assert all(line in rest for line in kept)  # in their order


@given(st.lists(st.sampled_from(["A line.", "Another, with a dash - here", ""]), max_size=8))
def test_what_quotes_nothing_stays_whole(lines):
    text = "\n".join(lines)
    assert own_words(text) == text.strip()


@example(b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n")
@example(b"From: =?utf-8?B?=\r\nSubject: =?x?q?=ff?=\r\n\r\n")
@example(b"Content-Type: text/plain; charset*=utf-8''%ff\r\n\r\n\xff")
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reading(raw):
    letter = read(b"Content-Type: multipart/alternative; boundary=x\r\n" + raw)
    assert "\x00" not in letter.subject + letter.text + letter.sender
    read(raw)
    headers_only(raw)


def test_what_is_too_large_or_too_deep_says_so():
    with pytest.raises(UnreadableMailError, match="larger than 25 MB"):
        read(b"x" * 27_000_000)


@given(st.integers(1, 10**12), st.integers(1, 10**12))
def test_a_token_proves_its_own_place_only(number, person):
    token = tokens.reply_token(f"topic:{number}", person)
    place = tokens.Place(f"topic:{number}", person)
    assert tokens.read_reply_token(f"reply+{token}@mail.example.org".upper()) == place
    assert tokens.read_reply_token(f"Re: it [{token}]") == place
    assert len(f"reply+{token}") <= 64  # what a mail address may have before the @
    for other in (f"topic-{number + 1}-{person}", f"topic-{number}-{person + 1}"):
        assert tokens.read_reply_token(f"{other}-{token.rpartition('-')[2]}") is None
