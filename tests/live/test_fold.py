"""The fold is pure: whoever got a snapshot and the frames after it sees what a new viewer sees."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.fold import (
    Line,
    State,
    Viewer,
    advance,
    apply,
    balance,
    changes,
    frame,
    may_see,
    snapshot,
    view,
)

ASKERS = (1, 2, 3)
VIEWERS = [Viewer(), Viewer(person=1), Viewer(is_host=True), Viewer(is_host=True, person=2)]


@st.composite
def logs(draw) -> list[Line]:
    """Logs that the commands could have written, with any order of hosts' doings."""
    lines: list[Line] = []
    state = State()
    for _step in range(draw(st.integers(1, 25))):
        kind, payload = draw(_next_event(state))
        line = Line(state.seq + 1, kind, payload, "2026-11-24T10:00:00+06:00")
        state = advance(state, [line])
        lines.append(line)
    return lines


def _next_event(state: State):
    moves = [_asking(state), *(st.just((kind, {})) for kind in ("sess.opened", "sess.paused"))]
    moves += [*_polling(state), *_hands(state), *_names(state)]
    by_state = {name: [] for name in ("pending", "visible", "answered", "dismissed", "merged")}
    for number, question in state.questions.items():
        by_state.get(question["state"], []).append(number)
    if by_state["pending"]:
        moves.append(_on("q.approved", by_state["pending"]))
    live = by_state["pending"] + by_state["visible"]
    if live:
        moves += [
            _on("q.dismissed", live, reason=st.text(min_size=1)),
            _on("q.withdrawn", live),
            _on("q.edited", live, body=st.text(min_size=10)),
            _on(
                "q.answered",
                live,
                how=st.sampled_from(["live", "written", "owed"]),
                answer=st.text(),
                timecode=st.none() | st.integers(0, 9000),
                topic=st.just(""),
            ),
        ]
    if by_state["visible"]:
        moves += [
            _on("q.pinned", by_state["visible"]),
            _on("q.unpinned", by_state["visible"]),
            st.tuples(st.sampled_from(by_state["visible"]), st.integers(0, 350)).map(
                lambda score: ("q.tally", {"scores": [list(score)]})
            ),
        ]
        moves += [
            _merging(state, number, into)
            for number in live
            for into in by_state["visible"]
            if number != into
        ]
    settled = by_state["answered"] + by_state["dismissed"] + by_state["merged"]
    if settled:
        moves.append(_on("q.reopened", settled, scores=st.just([])))
    return st.one_of(moves)


def _polling(state: State):
    options = ["Yes", "No", "Not yet"]
    number = 500 - len(state.polls)
    started = {"p": number, "key": "k", "kind": "single", "text": "Is it so?", "options": options}
    moves = [st.just(("poll.started", started))]
    if state.polls:
        poll = st.sampled_from(sorted(state.polls))
        counts = st.lists(st.integers(0, 350), min_size=3, max_size=3)
        moves += [
            st.fixed_dictionaries({"p": poll, "shown": st.booleans()}).map(
                lambda payload: ("poll.shown", payload)
            ),
            poll.map(lambda p: ("poll.ended", {"p": p})),
            st.tuples(poll, counts, st.integers(0, 350)).map(
                lambda one: ("poll.tally", {"polls": [list(one)]})
            ),
        ]
    return moves


def _names(state: State):
    """Names that are asked for, shown or left, and questions that came before the eyes."""
    asked = [number for number, each in state.questions.items() if each["reveal"] is None]
    wanted = [
        number
        for number, each in state.questions.items()
        if each["reveal"] and not each["reveal"]["shown"]
    ]
    moves = []
    if asked:
        moves.append(_on("name.asked", asked, by=st.just("Host"), reason=st.text(min_size=1)))
        pair = st.tuples(st.sampled_from(sorted(state.questions)), st.integers(1, 40))
        moves.append(pair.map(lambda one: ("q.seen", {"seen": [list(one)]})))
    if wanted:
        moves += [_on("name.shown", wanted, by=st.just("Other")), _on("name.left", wanted)]
    return moves


def _hands(state: State):
    up = {hand["person"] for hand in state.hands.values()}
    down = sorted(set(ASKERS) - up)
    moves = []
    if down:
        moves.append(
            st.sampled_from(down).map(
                lambda person: (
                    "hand.raised",
                    {"h": 100 + state.seq, "person": person, "name": "Pema", "agency": "Agency"},
                )
            )
        )
    if state.hands:
        hand = st.fixed_dictionaries({"h": st.sampled_from(sorted(state.hands))})
        kinds = st.sampled_from(["hand.called", "hand.lowered"])
        moves.append(st.tuples(kinds, hand))
    return moves


def _asking(state: State):
    return st.fixed_dictionaries(
        {
            "q": st.just(1000 - len(state.questions)),  # ids need not grow with the numbers
            "asker": st.sampled_from(ASKERS),
            "name": st.just("Karma"),
            "agency": st.just("Agency"),
            "name_mode": st.sampled_from(["named", "to_hosts", "anonymous"]),
            "body": st.text(min_size=10),
            "state": st.sampled_from(["pending", "visible"]),
        }
    ).map(lambda payload: ("q.asked", payload))


def _on(kind: str, numbers: list[int], **more):
    return st.fixed_dictionaries({"q": st.sampled_from(numbers), **more}).map(
        lambda payload: (kind, payload)
    )


def _merging(state: State, number: int, into: int):
    children = [key for key, question in state.questions.items() if question["into"] == number]
    payload = {"q": number, "into": into, "with": children, "votes": 3}
    return st.just(("q.merged", payload))


def through_json(value):
    return json.loads(json.dumps(value))


@given(logs(), st.data())
def test_snapshot_and_frames_after_it_equal_a_later_snapshot(log, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(log)), min_size=1, max_size=4)))
    for viewer in VIEWERS:
        state = advance(State(), log[: cuts[0]])
        seen = through_json(snapshot(state, viewer))
        for start, end in zip(cuts, [*cuts[1:], len(log)], strict=True):
            content = through_json(frame(state, log[start:end], viewer))
            assert (content["from"], content["to"]) == (start, end)
            seen = apply(seen, content)
            state = advance(state, log[start:end])
        assert seen == through_json(snapshot(advance(State(), log), viewer))


@given(logs(), st.data())
def test_a_frame_applied_twice_changes_nothing(log, data):
    cut = data.draw(st.integers(0, len(log)))
    state = advance(State(), log[:cut])
    content = frame(state, log[cut:], Viewer(person=1))
    once = apply(snapshot(state, Viewer(person=1)), content)
    assert apply(once, content) == once


@given(logs())
def test_what_nobody_let_through_reaches_only_hosts_and_the_asker(log):
    """At any time: no body of a question that was never shown is in a public frame."""
    state = State()
    for line in log:
        content = frame(state, [line], Viewer())
        state = advance(state, [line])
        told = [question["id"] for item in content["items"] for question in item["put"]]
        told += [question["id"] for question in snapshot(state, Viewer())["questions"]]
        for number in told:
            question = state.questions[number]
            assert question["shown"]
            assert question["state"] in ("visible", "answered", "merged")


@given(logs())
def test_counts_reach_everybody_when_a_host_shows_them_and_names_of_hands_never(log):
    state = advance(State(), log)
    everybody, host = snapshot(state, Viewer(person=9)), snapshot(state, Viewer(is_host=True))
    for poll, seen, hosts in zip(
        state.polls.values(), everybody["polls"], host["polls"], strict=True
    ):
        assert seen["counts"] == (poll["counts"] if poll["shown"] else None)
        assert hosts["counts"] == poll["counts"]
    assert everybody["hands"] == {"count": len(state.hands), "mine": None}
    assert len(host["hands"]["list"]) == len(state.hands)
    for hand in state.hands.values():
        assert snapshot(state, Viewer(person=hand["person"]))["hands"]["mine"]["h"] == hand["h"]


@given(logs())
def test_the_balance_adds_up(log):
    counts = balance(advance(State(), log))
    assert counts.pop("asked") == sum(counts.values())


@given(logs())
def test_the_fold_is_the_same_in_any_steps(log):
    state = State()
    for line in log:
        state = advance(state, [line])
    assert state == advance(State(), log)


@given(logs())
def test_names_are_seen_by_whom_the_asker_chose(log):
    for question in advance(State(), log).questions.values():
        stranger, host = Viewer(person=9), Viewer(is_host=True, person=9)
        agreed = bool(question["reveal"] and question["reveal"]["shown"])
        shown_to = {
            "named": (True, True),
            "to_hosts": (False, True),
            "anonymous": (False, agreed),
        }[question["name_mode"]]
        names = tuple(bool(view(question, who)["name"]) for who in (stranger, host))
        assert names == shown_to
        assert "asker" not in view(question, host)
        assert may_see(question, Viewer(person=question["asker"]))


def test_a_hole_in_the_numbers_is_an_error():
    with pytest.raises(ValueError, match="Event 2 cannot follow 0"):
        advance(State(), [Line(2, "sess.opened", {}, "")])


@given(logs(), st.data())
def test_who_missed_events_catches_up_with_questions_as_they_are_now(log, data):
    cut = data.draw(st.integers(0, len(log)))
    before, now = advance(State(), log[:cut]), advance(State(), log)
    for viewer in VIEWERS:
        caught_up = apply(snapshot(before, viewer), changes(now, log[cut:], viewer))
        assert caught_up == snapshot(now, viewer)
