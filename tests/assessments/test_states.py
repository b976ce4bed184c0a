"""The table of an attempt's life: each move made, each other one refused, and a model that
lives through thousands of them."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as live_through

from assessments import services, timing
from assessments.models import Attempt, AttemptMove, Response
from assessments.moves import locked, make_move
from assessments.states import (
    BY_VERB,
    MOVES,
    SAT,
    IllegalMoveError,
    Part,
    ReasonMissingError,
    State,
    move_from,
    verbs_from,
)
from tests.factories.assessments import quiz_with_bank
from tests.factories.people import PersonFactory

# Written down once more on purpose: verb, from, to, who.
LEGAL = {
    tuple(line.split(maxsplit=3))
    for line in """
    begin     not_started  in_progress  candidate
    interrupt in_progress  interrupted  clock
    pause     in_progress  interrupted  invigilator
    pause     interrupted  interrupted  invigilator
    resume    interrupted  in_progress  candidate invigilator
    run_over  in_progress  overdue      clock
    run_over  interrupted  overdue      clock
    extend    overdue      in_progress  clock invigilator
    submit    in_progress  submitted    candidate clock invigilator
    submit    interrupted  submitted    candidate clock invigilator
    submit    overdue      submitted    candidate clock invigilator
    mark      submitted    marking      clock
    finish    submitted    finished     clock marker
    finish    marking      finished     clock marker
    regrade   finished     finished     marker
    abandon   not_started  abandoned    candidate invigilator
    abandon   in_progress  abandoned    candidate invigilator
    abandon   interrupted  abandoned    candidate invigilator
    abandon   overdue      abandoned    candidate invigilator
    void      not_started  voided       invigilator
    void      in_progress  voided       invigilator
    void      interrupted  voided       invigilator
    void      overdue      voided       invigilator
    void      submitted    voided       invigilator
    void      marking      voided       invigilator
    void      finished     voided       invigilator
    """.strip().splitlines()
}
ALLOWED = {(verb, leaves, part): to for verb, leaves, to, parts in LEGAL for part in parts.split()}
EVERY = [(verb, state, part) for verb in BY_VERB for state in State for part in Part]


@pytest.fixture
def attempt(db):
    quiz = quiz_with_bank()
    return services.start_attempt(quiz, person=PersonFactory(), cid=uuid.uuid4())


def test_every_legal_move_is_made_with_its_reason_actor_and_time(attempt):
    invigilator = PersonFactory(groups=["assessor"])
    actors = {
        Part.CANDIDATE: attempt.person,
        Part.CLOCK: None,
        Part.INVIGILATOR: invigilator,
        Part.MARKER: invigilator,
    }
    for (verb, state, part), to in ALLOWED.items():
        with transaction.atomic():
            Attempt.objects.filter(pk=attempt.pk).update(state=state)
            actor = actors[Part(part)]
            make_move(locked(attempt), verb, part=Part(part), by=actor, reason="because")
            attempt.refresh_from_db()
            row = attempt.moves.last()
            made = (row.verb, row.leaves, row.to, row.reason, row.actor)
            assert made == (verb, state, to, "because", actor)
            assert timezone.now() - row.at < timedelta(minutes=1)
            assert attempt.state == to
            transaction.set_rollback(True)


def test_every_other_move_is_refused_and_leaves_no_row(attempt):
    refused = [one for one in EVERY if one not in ALLOWED]
    assert len(refused) == len(EVERY) - len(ALLOWED)
    before = attempt.moves.count()
    for verb, state, part in refused:
        attempt.state = state
        with pytest.raises(IllegalMoveError) as error:
            make_move(attempt, verb, part=part, reason="because")
        assert error.value.allowed == verbs_from(state)
        assert attempt.state == state
    assert attempt.moves.count() == before


@pytest.mark.parametrize(
    "move", [move for move in MOVES if move.reason_needed], ids=lambda move: move.verb
)
def test_what_needs_a_reason_is_refused_without_one(move):
    for state in move.leaves:
        with pytest.raises(ReasonMissingError):
            move_from(move.verb, state, part=min(move.by), reason="  ")


def test_every_state_is_reached_and_only_the_last_two_lead_nowhere():
    reached = {State.NOT_STARTED} | {move.to for move in MOVES}
    assert reached == set(State) == {State(value) for value in Attempt.State.values}
    assert {state for state in State if not verbs_from(state)} == {
        State.ABANDONED,
        State.VOIDED,
    }


def test_the_log_of_moves_is_only_ever_added_to(attempt):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AttemptMove.objects.update(reason="rewritten")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AttemptMove.objects.all()._raw_delete("default")


class Sitting(RuleBasedStateMachine):
    """A candidate, an invigilator, the clock and the worker do whatever comes to their mind;
    the model beside it is a dictionary and some sums."""

    quiz = None
    person = None
    invigilator = None

    def __init__(self):
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.clock = time_machine.travel(timezone.now(), tick=False)
        self.now = self.clock.start()
        self.attempt = services.enter_candidate(self.quiz, person=self.person, by=self.invigilator)
        self.kept: dict[int, str] = {}
        self.seq = 0

    def teardown(self):
        self.clock.stop()
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @property
    def state(self):
        return Attempt.objects.get(pk=self.attempt.pk).state

    def slots(self):
        return list(self.attempt.slots.all())

    @rule(seconds=st.sampled_from([1, 5, 9, 15, 25, 60, 400, 2000]))
    def time_passes(self, seconds):
        self.now.shift(seconds)

    @precondition(lambda self: self.state == State.NOT_STARTED)
    @rule()
    def starts(self):
        started = services.start_attempt(self.quiz, person=self.person, cid=uuid.uuid4())
        assert started == self.attempt

    @precondition(lambda self: self.state in SAT)
    @rule(watched=st.booleans())
    def shows_life(self, watched):
        timing.beat(self.attempt, watched=watched)

    @precondition(lambda self: self.slots())
    @rule(which=st.integers(0, 5), text=st.sampled_from(["a", "b", None]))
    def answers(self, which, text):
        slot = self.slots()[which]
        self.seq += 1
        try:
            services.save_response(slot, answer=text, client_seq=self.seq)
        except services.ClosedError:
            fresh = Attempt.objects.get(pk=self.attempt.pk)
            over = fresh.state not in SAT
            assert over or timezone.now() > fresh.closes_at()
        except services.PausedError:
            assert Attempt.objects.get(pk=self.attempt.pk).paused_at is not None
        else:
            self.kept[slot.pk] = text

    @rule(what=st.sampled_from(["pause", "resume", "void_attempt"]))
    def invigilates(self, what):
        service = getattr(services if what == "void_attempt" else timing, what)
        legal = (what.removesuffix("_attempt"), self.state, Part.INVIGILATOR) in ALLOWED
        if not legal:
            with pytest.raises(IllegalMoveError):
                service(self.attempt, by=self.invigilator, reason="seen")
        else:
            service(self.attempt, by=self.invigilator, reason="seen")

    @rule(seconds=st.integers(1, 1200))
    def grants(self, seconds):
        given = sum(
            self.attempt.grants.filter(kind="invigilator").values_list("seconds", flat=True)
        )
        fits = self.state in SAT and given + seconds <= self.quiz.minutes * 60
        if fits:
            timing.grant_time(self.attempt, seconds=seconds, reason="seen", by=self.invigilator)
        else:
            with pytest.raises(timing.GrantRefusedError):
                timing.grant_time(self.attempt, seconds=seconds, reason="seen", by=self.invigilator)

    @rule()
    def hands_in(self):
        services.finish_attempt(self.attempt)

    @precondition(lambda self: self.state in SAT)
    @rule(luck=st.integers(0, 9))
    def gives_up(self, luck):
        if luck == 0:
            services.give_up(self.attempt, by=self.person, reason="ill")

    @rule()
    def worker_comes_by(self):
        timing.note_interruptions()
        services.finish_overdue()

    @invariant()
    def log_tells_the_state(self):
        moves = list(self.attempt.moves.all())
        leaves = State.NOT_STARTED
        for move in moves:
            assert move.leaves == leaves
            assert (move.verb, move.leaves) in {(verb, at) for verb, at, _part in ALLOWED}
            leaves = move.to
        assert self.state == leaves

    @invariant()
    def time_adds_up(self):
        fresh = Attempt.objects.get(pk=self.attempt.pk)
        grants = list(fresh.grants.all())
        if fresh.deadline:
            granted = timedelta(seconds=sum(grant.seconds for grant in grants))
            assert fresh.deadline - fresh.started_at == timedelta(minutes=30) + granted
        by_rule = sum(grant.seconds for grant in grants if grant.kind == "rule")
        assert by_rule <= self.quiz.lost_time_cap_minutes * 60

    @invariant()
    def nothing_is_lost_and_nothing_doubled(self):
        assert services.current_answers(self.attempt) == self.kept
        rows = Response.objects.filter(slot__attempt=self.attempt)
        assert len(set(rows.values_list("slot", "client_seq"))) == rows.count()

    @invariant()
    def a_result_stands_exactly_where_it_was_finished(self):
        fresh = Attempt.objects.get(pk=self.attempt.pk)
        assert (fresh.passed is not None) == (fresh.state == State.FINISHED)


def test_a_model_lives_through_sittings(db):
    Sitting.quiz = quiz_with_bank(attempts_allowed=99)
    Sitting.person = PersonFactory()
    Sitting.invigilator = PersonFactory(groups=["assessor"])
    live_through(
        Sitting,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
