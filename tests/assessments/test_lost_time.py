from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.lost_time import Beat, due_by_rule, gaps, total

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
INTERVAL = timedelta(seconds=10)


def at(seconds):
    return START + timedelta(seconds=seconds)


def beats(*seconds, watched=True):
    return [Beat(at(second), watched) for second in seconds]


def lost(*seconds, **given):
    return total(gaps(beats(*seconds), interval=INTERVAL, **given)).total_seconds()


def test_a_page_that_beats_loses_nothing():
    assert lost(0, 10, 20, 30, 39, 58) == 0


def test_a_cut_is_the_silence_without_the_half_interval_and_half_try_that_are_usual():
    assert lost(0, 10, 320, 330) == 310 - 5 - 1.25


def test_a_silence_that_still_lasts_counts_up_to_now():
    assert lost(0, 10, until=at(310)) == 300 - 6.25
    assert lost(0, 10) == 0


def test_silence_after_a_page_without_script_or_in_the_background_means_nothing():
    mixed = [*beats(0), *beats(10, watched=False), *beats(600)]
    assert gaps(mixed, interval=INTERVAL) == []


def test_time_inside_a_pause_is_not_lost_once_more():
    assert lost(0, 10, 310, pauses=[(at(20), at(300))]) == 0
    assert lost(0, 10, 310, pauses=[(at(110), at(300))]) == 110 - 6.25


@pytest.mark.parametrize(
    ("minutes", "granted", "due"), [(3, 0, 3), (12, 0, 10), (12, 4, 6), (12, 11, 0), (3, 3, 0)]
)
def test_the_rule_gives_what_was_lost_once_and_never_more_than_the_cap(minutes, granted, due):
    given = due_by_rule(
        timedelta(minutes=minutes),
        cap=timedelta(minutes=10),
        granted=timedelta(minutes=granted),
    )
    assert given == timedelta(minutes=due)


@given(
    cut=st.floats(20.1, 3600),
    since_beat=st.floats(0, 9.999),
    until_try=st.floats(0, 2.5),
)
def test_one_cut_is_told_to_within_ten_seconds(cut, since_beat, until_try):
    silence = since_beat + cut + until_try
    told = lost(0, silence, silence + 10)
    assert abs(told - cut) < 10


@given(st.lists(st.floats(0, 5000), max_size=30), st.randoms())
def test_the_order_in_which_signs_come_does_not_matter(seconds, chance):
    mixed = list(seconds)
    chance.shuffle(mixed)
    assert gaps(beats(*mixed), interval=INTERVAL) == gaps(beats(*seconds), interval=INTERVAL)
