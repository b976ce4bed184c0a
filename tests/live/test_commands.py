"""Every command: what it does, that repeating it does nothing, who is refused and why."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from live import services
from live.commands import parse
from live.fold import balance
from live.log import state_of
from live.models import Event, Question, Session, Vote
from live.protocol import Nack
from tests.factories.live import ask, do, expert_of, make_session
from tests.factories.people import professional

pytestmark = pytest.mark.django_db


def nack_code(*args, **kwargs) -> str:
    with pytest.raises(Nack) as caught:
        do(*args, **kwargs)
    assert str(caught.value.reason)
    return caught.value.code


def tables(session):
    """What the state tables say, in the words of the fold."""
    return {
        question.pk: (
            question.state,
            question.shown,
            question.rev,
            question.merged_into_id,
            question.answered_how,
            question.answer,
            question.timecode,
            question.reason,
            question.body,
        )
        for question in session.questions.all()
    }


def folded(session):
    keys = ["state", "shown", "rev", "into", "how", "answer", "timecode", "reason", "body"]
    return {
        number: tuple(question[key] for key in keys)
        for number, question in state_of(session).questions.items()
    }


def assert_sound(session):
    """The oracles: contiguous numbers, tables equal to the fold, and the balance."""
    session.refresh_from_db()
    assert list(session.events.values_list("seq", flat=True)) == list(range(1, session.head + 1))
    state = state_of(session)
    assert folded(session) == tables(session)
    assert (state.state, state.current) == (session.state, session.current_question_id)
    counts = balance(state)
    assert counts["asked"] == session.questions.count() == sum(counts.values()) - counts["asked"]


def test_a_question_is_numbered_and_visible():
    session, asker = make_session(), professional()
    ack = do(session, asker, "q.ask", body="  Which routers are on contract?  ")
    question = session.questions.get()
    assert (ack.obj, ack.dup) == (question.pk, False)
    assert question.body == "Which routers are on contract?"
    assert state_of(session).questions[question.pk]["no"] == ack.seq
    assert_sound(session)


def test_asking_again_with_the_same_id_gives_the_first_answer():
    session, asker, cid = make_session(), professional(), uuid.uuid4()
    first = do(session, asker, "q.ask", cid=cid, body="How long does a licence last?")
    again = do(session, asker, "q.ask", cid=cid, body="How long does a licence last?")
    assert again == first._replace(dup=True)
    assert session.questions.count() == 1


def test_the_same_id_with_another_text_is_refused():
    session, asker, cid = make_session(), professional(), uuid.uuid4()
    do(session, asker, "q.ask", cid=cid, body="How long does a licence last?")
    assert nack_code(session, asker, "q.ask", cid=cid, body="Something else?") == "key_reuse"
    assert nack_code(session, asker, "sess.open", cid=cid) == "key_reuse"


def test_a_repeat_is_acknowledged_after_the_session_closed():
    session, asker, cid = make_session(), professional(), uuid.uuid4()
    do(session, asker, "q.ask", cid=cid, body="How long does a licence last?")
    do(session, session.host, "sess.close")
    assert do(session, asker, "q.ask", cid=cid, body="How long does a licence last?").dup


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "too_short"),
        ("Why?     ", "too_short"),
        ("x" * 601, "too_long"),
        ("x" * 100_000, "too_long"),
        ("NUL is here: \x00 and there", "bad_payload"),
        ("half a pair: \ud83d and more", "bad_payload"),
    ],
)
def test_text_outside_the_limits_is_refused_and_nothing_is_stored(body, code):
    session = make_session()
    assert nack_code(session, professional(), "q.ask", body=body) == code
    assert not session.questions.exists()


@pytest.mark.parametrize(
    "body",
    [
        "x" * 600,
        "<script>alert(1)</script> & <b>bold</b>",
        "\u202eright to left\u202c and back",
        "Why 🐉 and 🇧🇹 in one name?",
        "རྫོང་ཁའི་ཡིག་གཟུགས་ག་ཏེ་ལས་ཐོབ་ནི་ཨིན་ན།",
    ],
)
def test_text_is_kept_as_it_was_typed(body):
    session = make_session()
    question = ask(session, body=body)
    assert Question.objects.get(pk=question).body == body
    assert state_of(session).questions[question]["body"] == body


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "q.ask",
        {},
        {"t": "q.ask"},
        {"t": "no.such", "cid": str(uuid.uuid4())},
        {"t": "q.ask", "cid": "1", "body": "Long enough text"},
        {"t": "q.ask", "cid": str(uuid.uuid4()), "body": 7},
        {"t": "q.ask", "cid": str(uuid.uuid4()), "body": "Long enough text", "state": "answered"},
        {"t": "vote.set", "cid": str(uuid.uuid4()), "q": 1, "value": 2},
        {"t": "vote.set", "cid": str(uuid.uuid4()), "q": 2**70, "value": 1},
        {"t": "mod.pin", "cid": str(uuid.uuid4()), "q": "1"},
    ],
)
def test_what_cannot_be_read_is_refused(data):
    with pytest.raises(Nack) as caught:
        parse(data)
    assert caught.value.code == "bad_payload"


def test_one_question_in_ten_seconds_three_at_once():
    session, asker, now = make_session(), professional(), timezone.now()

    def at(seconds, number):
        moment = now + timedelta(seconds=seconds)
        body = f"Question number {number}, please?"
        with time_machine.travel(moment, tick=False):
            return do(session, asker, "q.ask", body=body, limited=True)

    for number in range(3):
        at(0, number)
    with pytest.raises(Nack) as caught:
        at(1, 3)
    assert (caught.value.code, caught.value.retry_after) == ("rate_limited", 9.0)
    at(10, 4)
    with pytest.raises(Nack):
        at(11, 5)
    at(60, 6)
    do(session, professional(), "q.ask", body="Another person may", limited=True)
    assert session.questions.count() == 6


def test_a_vote_is_set_not_toggled():
    session, voter = make_session(), professional()
    question = ask(session)
    for value in (1, 1, 0, 1):
        do(session, voter, "vote.set", q=question, value=value)
    assert services.tally(session.pk)
    assert state_of(session).questions[question]["votes"] == 1
    do(session, voter, "vote.set", q=question, value=0)
    assert services.tally(session.pk, at=timezone.now() + timedelta(seconds=1))
    assert state_of(session).questions[question]["votes"] == 0
    assert Vote.objects.count() == 1


def test_an_old_vote_that_comes_again_is_known_and_its_id_means_one_thing():
    session, voter, cid = make_session(), professional(), uuid.uuid4()
    question = ask(session)
    do(session, voter, "vote.set", q=question, value=1, cid=cid)
    assert do(session, voter, "vote.set", q=question, value=1, cid=cid).dup
    assert nack_code(session, voter, "vote.set", q=question, value=0, cid=cid) == "key_reuse"


def test_one_tally_in_half_a_second():
    session, now = make_session(), timezone.now()
    question = ask(session)
    do(session, professional(), "vote.set", q=question, value=1)
    assert services.tally(session.pk, at=now)
    do(session, professional(), "vote.set", q=question, value=1)
    assert services.tally(session.pk, at=now + timedelta(milliseconds=499)) is None
    assert services.tally(session.pk, at=now + timedelta(milliseconds=501))
    assert services.tally(session.pk, at=now + timedelta(seconds=2)) is None  # nothing new
    assert session.events.filter(kind="q.tally").count() == 2


def test_votes_that_are_refused():
    session, other, asker = make_session(moderated=True), make_session(), professional()
    pending = ask(session, asker)
    elsewhere = ask(other)
    voter = professional()
    assert nack_code(session, voter, "vote.set", q=pending, value=1) == "unknown_question"
    assert nack_code(session, voter, "vote.set", q=elsewhere, value=1) == "unknown_question"
    do(session, session.host, "mod.approve", q=pending)
    assert nack_code(session, asker, "vote.set", q=pending, value=1) == "forbidden"
    do(session, session.host, "mod.answered", q=pending, how="live")
    assert nack_code(session, voter, "vote.set", q=pending, value=1) == "closed"
    assert not Vote.objects.exists()


def test_merging_makes_a_union_of_voters_and_reopening_undoes_it():
    session, host = make_session(), None
    host = session.host
    one, two = ask(session), ask(session, body="How big must the uplink be?")
    both, only = professional(), professional()
    do(session, both, "vote.set", q=one, value=1)
    do(session, both, "vote.set", q=two, value=1)
    do(session, only, "vote.set", q=two, value=1)
    do(session, host, "mod.merge", q=two, into=one)
    assert state_of(session).questions[one]["votes"] == 2
    late = professional()
    do(session, late, "vote.set", q=two, value=1)  # typed before the merge was seen
    services.tally(session.pk)
    assert state_of(session).questions[one]["votes"] == 3
    assert_sound(session)
    do(session, host, "mod.reopen", q=two)
    questions = state_of(session).questions
    assert (questions[one]["votes"], questions[two]["votes"]) == (2, 2)
    assert_sound(session)


def test_what_was_merged_into_a_question_goes_with_it():
    session = make_session()
    one, two, three = ask(session), ask(session), ask(session)
    do(session, session.host, "mod.merge", q=three, into=two)
    do(session, session.host, "mod.merge", q=two, into=one)
    state = state_of(session)
    assert [state.questions[number]["into"] for number in (one, two, three)] == [None, one, one]
    assert_sound(session)
    assert nack_code(session, session.host, "mod.merge", q=one, into=one) == "unknown_question"
    assert nack_code(session, session.host, "mod.merge", q=one, into=two) == "conflict"


def test_pin_and_answer_release_the_pin():
    session = make_session()
    one, two = ask(session), ask(session)
    do(session, session.host, "mod.pin", q=one)
    do(session, session.host, "mod.pin", q=two)
    assert do(session, session.host, "mod.pin", q=two).dup
    assert state_of(session).current == two
    do(session, session.host, "mod.unpin", q=two)
    assert state_of(session).current is None
    do(session, session.host, "mod.pin", q=one)
    do(session, session.host, "mod.answered", q=one, how="live", timecode=95)
    state = state_of(session)
    assert (state.current, state.questions[one]["timecode"]) == (None, 95)
    assert_sound(session)


def test_an_answer_live_carries_the_second_since_the_opening():
    session = make_session()
    question = ask(session)
    later = session.opened_at + timedelta(seconds=754)
    do(session, session.host, "mod.answered", q=question, how="live", at=later)
    assert Question.objects.get(pk=question).timecode == 754


def test_a_dismissal_needs_a_reason_and_can_be_undone():
    session = make_session()
    question = ask(session)
    assert nack_code(session, session.host, "mod.dismiss", q=question, reason=" ") == "too_short"
    do(session, session.host, "mod.dismiss", q=question, reason="Asked and answered last week")
    assert state_of(session).questions[question]["state"] == "dismissed"
    do(session, session.host, "mod.reopen", q=question)
    assert state_of(session).questions[question]["state"] == "visible"
    assert_sound(session)


def test_what_another_moderator_changed_is_a_conflict_that_shows_it():
    session = make_session(moderators=[professional()])
    question = ask(session)
    do(session, session.moderators.get(), "mod.dismiss", q=question, rev=1, reason="Off topic")
    with pytest.raises(Nack) as caught:
        do(session, session.host, "mod.pin", q=question, rev=1)
    assert caught.value.code == "conflict"
    assert caught.value.current["state"] == "dismissed"


def test_the_asker_edits_until_somebody_votes():
    session, asker = make_session(), professional()
    question = ask(session, asker)
    do(session, asker, "q.edit", q=question, rev=1, body="How do we size two uplinks?")
    assert state_of(session).questions[question]["body"] == "How do we size two uplinks?"
    stranger = professional()
    edit = {"q": question, "body": "Somebody else's words"}
    assert nack_code(session, stranger, "q.edit", **edit) == "forbidden"
    do(session, stranger, "vote.set", q=question, value=1)
    assert nack_code(session, asker, "q.edit", **edit) == "forbidden"
    do(session, asker, "q.withdraw", q=question)
    assert do(session, asker, "q.withdraw", q=question).dup
    assert nack_code(session, session.host, "mod.reopen", q=question) == "conflict"
    assert_sound(session)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("mod.approve", {}),
        ("mod.dismiss", {"reason": "No"}),
        ("mod.merge", {"into": 1}),
        ("mod.pin", {}),
        ("mod.unpin", {}),
        ("mod.answered", {"how": "live"}),
        ("mod.reopen", {}),
        ("q.answer", {"body": "So it is"}),
        ("q.withdraw", {}),
        ("name.ask", {"reason": "Why"}),
        ("name.show", {}),
        ("name.leave", {}),
        ("poll.start", {"text": "Who is there?", "kind": "single", "options": ["I", "You"]}),
        ("poll.show", {"p": 1, "value": 1}),
        ("poll.end", {"p": 1}),
        ("hand.call", {"h": 1}),
        ("hand.lower", {"h": 1}),
        ("sess.open", None),
        ("sess.pause", None),
        ("sess.close", None),
        ("sess.config", {"moderated": True, "names": "named"}),
    ],
)
def test_who_only_listens_runs_nothing(kind, fields):
    session = make_session()
    question = ask(session)
    before = session.events.count()
    named = {"q": question} if kind.startswith(("q.", "mod.", "name.")) else {}
    assert nack_code(session, professional(), kind, **named, **(fields or {})) == "forbidden"
    assert session.events.count() == before


def test_a_question_of_another_session_is_unknown():
    session, elsewhere = make_session(), ask(make_session())
    code = nack_code(session, session.host, "mod.pin", q=elsewhere)
    assert code == "unknown_question"


def test_an_expert_of_the_pool_answers_in_writing():
    session = make_session()
    question = ask(session)
    do(session, expert_of(session.pool), "q.answer", q=question, body="Twice the median.")
    stored = Question.objects.get(pk=question)
    assert (stored.answered_how, stored.answer) == ("written", "Twice the median.")
    assert_sound(session)


def test_paused_keeps_questions_back_and_votes_go_on():
    session = make_session()
    question = ask(session)
    do(session, session.host, "sess.pause")
    with pytest.raises(Nack) as caught:
        ask(session)
    assert caught.value.frame("x")["retry"] is True
    do(session, professional(), "vote.set", q=question, value=1)
    do(session, session.host, "sess.open")
    ask(session)
    assert_sound(session)


def test_a_name_mode_that_the_session_does_not_offer_is_refused():
    session = make_session(names="to_hosts")
    ask(session, name_mode="to_hosts")
    with pytest.raises(Nack) as caught:
        ask(session, name_mode="anonymous")
    assert caught.value.code == "forbidden"


def test_the_database_refuses_to_change_the_log():
    session = make_session()
    for change in (
        lambda: Event.objects.filter(session=session).update(kind="q.asked"),
        lambda: Event.objects.filter(session=session).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert session.events.count() == session.head


def test_the_database_refuses_a_second_vote_of_one_person():
    session, voter = make_session(), professional()
    question = ask(session)
    row = {"question_id": question, "voter": voter, "value": 1, "updated_at": timezone.now()}
    Vote.objects.create(**row, cid=uuid.uuid4())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO live_vote (question_id, voter_id, value, cid, updated_at) "
            "SELECT question_id, voter_id, 0, cid, updated_at FROM live_vote"
        )


def test_a_refused_command_leaves_no_trace():
    session = make_session()
    do(session, session.host, "sess.close")
    head = Session.objects.get(pk=session.pk).head
    assert nack_code(session, professional(), "q.ask", body="Am I too late for this?") == "closed"
    session.refresh_from_db()
    assert (session.head, session.questions.count()) == (head, 0)
