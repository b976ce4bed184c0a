"""Statistics of a question against a fixture computed by hand."""

import pytest

from assessments.statistics import Flag, Sitting, correlation, statistics

# Ten people: shares 1 1 1 1 0 1 0 0 0 0 against the rest .9 .8 .8 .7 .7 .5 .5 .4 .3 .4.
# Means 0.5 and 0.6; products of the deviations sum to
#   .5*.3 + .5*.2 + .5*.2 + .5*.1 - .5*.1 + .5*(-.1) - .5*(-.1) - .5*(-.2) - .5*(-.3) - .5*(-.2)
#   = .15 + .10 + .10 + .05 - .05 - .05 + .05 + .10 + .15 + .10 = .70
# squares: 10 * .25 = 2.5, and .09+.04+.04+.01+.01+.01+.01+.04+.09+.04 = .38
# so r = .70 / sqrt(2.5 * .38) = .70 / .974679 = .718185
SHARES = [1, 1, 1, 1, 0, 1, 0, 0, 0, 0]
RESTS = [0.9, 0.8, 0.8, 0.7, 0.7, 0.5, 0.5, 0.4, 0.3, 0.4]


def sittings(shares, rests, chosen):
    rows = zip(shares, rests, chosen, strict=True)
    return [Sitting(share, rest, (option,)) for share, rest, option in rows]


def test_facility_discrimination_and_choices_are_those_of_the_hand_computed_fixture():
    chosen = [0, 0, 0, 0, 1, 0, 1, 2, 2, 1]
    found = statistics(sittings(SHARES, RESTS, chosen), right=frozenset({0}))
    assert found.sittings == 10
    assert found.facility == 0.5
    assert found.discrimination == pytest.approx(0.718185, abs=1e-6)
    assert found.chosen == {0: 5, 1: 3, 2: 2}
    assert found.flags == ()


def test_a_wrong_key_is_flagged_where_the_better_people_choose_another_answer():
    # The same people, but the key says 1 while those who know chose 0.
    chosen = [0, 0, 0, 0, 1, 0, 1, 1, 1, 1]
    shares = [int(option == 1) for option in chosen]
    found = statistics(sittings(shares, RESTS, chosen), right=frozenset({1}))
    assert found.flags == (Flag.WRONG_KEY, Flag.NEGATIVE)


@pytest.mark.parametrize(
    ("share", "flags"), [(1, (Flag.TOO_EASY,)), (0, (Flag.TOO_HARD,)), (0.5, ())]
)
def test_what_all_or_none_can_answer_is_flagged_and_has_no_discrimination(share, flags):
    found = statistics([Sitting(share, rest) for rest in RESTS])
    assert (found.discrimination, found.flags) == (None, flags)


def test_a_question_that_says_nothing_is_weak():
    found = statistics(
        [
            Sitting(share, rest)
            for share, rest in zip([1, 0, 1, 0, 0, 1, 1, 1, 0, 0], RESTS, strict=True)
        ]
    )
    assert found.discrimination == pytest.approx(0.102598, abs=1e-6)
    assert found.flags == (Flag.WEAK,)


def test_nine_sittings_are_too_few_for_a_flag_and_none_give_nothing():
    assert statistics([Sitting(0, rest) for rest in RESTS[:9]]).flags == ()
    assert statistics([]).facility is None


def test_one_value_has_no_correlation():
    assert correlation([1.0], [0.5]) is None
