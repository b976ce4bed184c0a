import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.states import (
    BY_VERB,
    HELD,
    MOVES,
    OPEN,
    OVER,
    QUEUED,
    IllegalMoveError,
    Part,
    State,
    move_from,
    moves_for,
    verbs_from,
)
from desk.timeline import WAY, path_of
from desk.words import BUTTONS, HISTORY

states = st.sampled_from(list(State))

BY_THE_DESK = {"release", "lapse"}  # nobody presses a button for them


def test_every_state_but_the_final_ones_leads_on():
    final = {State.DECLINED, State.WITHDRAWN, State.MERGED}
    assert {state for state in State if not verbs_from(state)} == final


def test_every_state_is_reached_from_new():
    reached, last = {State.NEW}, set()
    while reached != last:
        last = set(reached)
        reached |= {move.to for move in MOVES if move.leaves & reached}
    assert reached == set(State)


def test_nothing_open_is_over():
    assert OPEN == QUEUED | HELD
    assert not OPEN & OVER


def test_every_step_has_its_words():
    assert set(BUTTONS) == set(BY_VERB) - BY_THE_DESK
    assert set(HISTORY) == {*BY_VERB, "file"}


@given(states, st.sampled_from(sorted(set(BY_VERB) - BY_THE_DESK)))
def test_a_verb_either_leads_on_or_says_what_does(state, verb):
    if verb in verbs_from(state):
        assert move_from(verb, state).to in State
    else:
        with pytest.raises(IllegalMoveError) as error:
            move_from(verb, state)
        assert error.value.allowed == verbs_from(state)


@given(states, st.sets(st.sampled_from(list(Part))))
def test_somebody_with_more_parts_may_do_no_less(state, parts):
    mine = moves_for(parts, state)
    assert all(move in moves_for(set(Part), state) for move in mine)
    assert bool(mine) <= bool(parts)


@given(states, st.lists(states, min_size=1, max_size=12))
def test_the_drawing_has_one_place_where_the_request_stands(state, been):
    path = path_of(state, been)
    assert [station.state for station in path] == list(WAY)
    assert sum(station.here for station in path) == 1
    reached = [station.reached for station in path]
    assert reached == sorted(reached, reverse=True)
