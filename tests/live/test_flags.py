"""Flags on live questions: hidden from whom, decided by whom, and a text that is gone for good."""

import uuid

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from live import snapshots
from live.fold import Viewer, advance
from live.fold import snapshot as seen_at
from live.log import lines_after, state_of
from live.models import Event, Question
from live.protocol import Nack
from moderation.models import Case
from moderation.services import appeal, decide, flag, undo
from tests.factories.live import ask, do, expert_of, make_session
from tests.factories.moderation import moderator
from tests.factories.people import professional
from tests.moderation.test_redaction import SECRET, columns_with

pytestmark = pytest.mark.django_db


def flagged(question, people=()) -> Case:
    for person in people or [professional()]:
        flag("live", question, person=person, why="abuse", note="")
    return Case.objects.get(kind="live", subject=question)


def address(question) -> str:
    return reverse("moderation:flag", args=["live", question])


def page(client, session, name="session") -> str:
    return client.get(reverse(f"live:{name}", args=[session.pk])).content.decode()


def wall(client, session) -> str:
    return client.get(reverse("live:wall", args=[session.wall])).content.decode()


def test_three_flags_take_a_question_from_page_wall_and_minutes_but_not_from_host_and_asker(
    signed_in, client
):
    session, asker = make_session(), professional()
    question = ask(session, asker, body="You are all fools, are you not?")
    do(session, session.host, "mod.pin", q=question)
    readers = [professional() for _ in range(3)]
    assert address(question) in page(signed_in(readers[0]), session)
    assert address(question) not in page(signed_in(asker), session)
    before = state_of(session)
    case = flagged(question, readers)
    for shown in (page(signed_in(readers[0]), session), wall(client, session)):
        assert "all fools" not in shown
    assert "all fools" not in page(signed_in(readers[0]), session, "minutes")
    for person in (session.host, asker):
        shown = page(signed_in(person), session)
        assert "all fools" in shown
        assert "Hidden until it has been looked at" in shown
    with pytest.raises(Nack, match="unknown_question"):
        do(session, professional(), "vote.set", q=question, value=1)
    session.refresh_from_db()
    assert session.current_question is None
    after = state_of(session)
    assert advance(before, lines_after(session.pk, before.seq)) == after
    assert Question.objects.get(pk=question).rev == after.questions[question]["rev"]
    decide(case, "keep", by=session.host, reason="It was a joke.")
    assert "all fools" in page(signed_in(readers[0]), session)


def test_a_decision_is_undone_and_appealed_as_of_a_post(signed_in):
    session, asker = make_session(), professional()
    lead, other = expert_of(session.pool, "lead"), moderator()
    question = ask(session, asker, body="Who broke the uplink on Monday?")
    case = flagged(question)
    assert lead.notices.latest("pk").title == f"Flagged: Question in “{session.title}”"
    reader = signed_in(professional())
    decide(case, "hide", by=lead, reason="It blames somebody.")
    assert "broke the uplink" not in page(reader, session)
    undo(case, by=lead)
    assert "broke the uplink" in page(reader, session)
    decide(case, "hide", by=lead, reason="It blames somebody.")
    appeal(case, by=asker, text="It was nobody's fault, I only ask.")
    decide(case, "keep", by=other, reason="So it reads.")
    assert "broke the uplink" in page(reader, session)


def test_a_redacted_text_is_in_no_table_snapshot_page_or_file(signed_in):
    session, asker = make_session(), professional()
    question = ask(session, asker, body=f"Is {SECRET} a good password?")
    do(session, asker, "q.edit", q=question, body=f"Is {SECRET}2 a better password?")
    cid = uuid.uuid4()
    other = ask(session, asker, body="Asked beside it, and kept as it is", cid=cid)
    do(session, session.host, "sess.close")
    lead, reader = expert_of(session.pool, "lead"), professional()
    case = flagged(question)
    form = {"decision": "redact", "reason": "It held a password.", "final": "on"}
    decided = signed_in(lead).post(reverse("moderation:decide", args=[case.pk]), form)
    assert decided.status_code == 302
    # The vocabulary is counted anew every hour from the documents.
    assert set(columns_with(SECRET)) <= {"search_searchterm.term", "search_searchtermkey.key"}
    state = state_of(session)
    assert state == advance(type(state)(), lines_after(session.pk, 0))
    for viewer in (Viewer(), Viewer(True), Viewer(False, asker.pk)):
        assert SECRET not in snapshots.frame(str(session.epoch), state, viewer, set(), {})
        texts = [each["body"] for each in seen_at(state, viewer)["questions"]]
        assert texts == ["[redacted]", "Asked beside it, and kept as it is"]
    for person in (reader, asker, lead, session.host):
        for name in ("session", "minutes", "minutes_markdown", "minutes_csv", "snapshot"):
            assert SECRET not in page(signed_in(person), session, name)
    assert signed_in(reader).get(address(question)).status_code == 404
    assert do(session, asker, "q.ask", body="Asked beside it, and kept as it is", cid=cid).dup
    assert address(other) in page(signed_in(reader), session)


def test_a_redacted_question_is_not_edited_back():
    session, asker = make_session(), professional()
    question = ask(session, asker, body=f"Is {SECRET} a good password?")
    decide(flagged(question), "redact", by=session.host, reason="It held a password.")
    with pytest.raises(Nack, match="forbidden"):
        do(session, asker, "q.edit", q=question, body=f"Is {SECRET} a good password?")
    assert columns_with(SECRET) == []


@pytest.mark.parametrize(
    "change",
    [
        {"payload": {"body": "[redacted]", "redacted": True}},
        {"seq": 99},
        {"kind": "q.edited"},
        {"digest": "another"},
        {"actor": None},
    ],
)
def test_the_log_lets_a_text_go_and_nothing_else(change):
    session = make_session()
    question = ask(session)
    line = session.events.get(payload__q=question)
    gone = {"payload": {**line.payload, "body": "[redacted]", "redacted": True}}
    whole = {"digest": "redacted", **gone, **change}
    rows = Event.objects.filter(session=session, seq=line.seq)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(**whole)
    assert rows.update(digest="redacted", **gone) == 1
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(payload=line.payload)


def test_who_decides_does_not_learn_a_hidden_name(signed_in):
    session, asker = make_session(names="anonymous"), professional()
    question = ask(session, asker, body="Why are we paid late?", name_mode="anonymous")
    case = flagged(question)
    office = moderator()
    lead = expert_of(session.pool, "lead")
    for person in (lead, office):
        client = signed_in(person)
        shown = client.get(case.get_absolute_url()).content.decode()
        assert "Why are we paid late?" in shown
        assert asker.name not in shown
        assert asker.employee_id not in shown
    log = signed_in(office).get(reverse("moderation:log")).content.decode()
    assert "Flagged" in log or "flag" in log.lower()
    assert asker.name not in log
    decide(case, "hide", by=lead, reason="Not here.")
    assert asker.notices.filter(title__startswith="Hidden").exists()


def test_a_hidden_question_that_is_owed_goes_to_the_pool_alone():
    session = make_session()
    question = ask(session, body="You are all fools, are you not?")
    flagged(question, [professional() for _ in range(3)])
    do(session, session.host, "sess.close")
    topic = Question.objects.get(pk=question).topic
    assert topic.audience != session.audience
    assert not type(topic).objects.visible_to(professional()).filter(pk=topic.pk).exists()


def test_who_may_not_see_a_question_cannot_flag_it(signed_in):
    session = make_session(moderated=True)
    waiting = ask(session, body="Waits for a host to let it through")
    elsewhere = ask(make_session(audience="operators"), body="Asked where officials are not")
    stranger = signed_in(professional())
    for question in (waiting, elsewhere):
        assert stranger.get(address(question)).status_code == 404
    assert signed_in(session.host).get(address(waiting)).status_code == 200
