"""No question dies: what a close leaves behind, also when it is repeated or breaks off."""

import pytest

from competencies.models import Competency, Evidence, Framework, Level
from forums.models import Topic
from live import closing
from live.fold import balance
from live.log import state_of
from live.models import Question, Session
from live.queries import holdings_of, open_or_upcoming_for, roles_of
from notifications.models import Notice
from people.audiences import tokens_of
from tests.factories.live import ask, do, expert_of, make_session
from tests.factories.people import professional

pytestmark = pytest.mark.django_db


def test_every_open_question_becomes_a_topic_that_its_people_watch():
    session, asker, voter, other = make_session(), *(professional() for _ in range(3))
    question = ask(session, asker, "Who pays for the second line?")
    same = ask(session, other, "Is a second line paid for?")
    do(session, voter, "vote.set", q=question, value=1)
    do(session, session.host, "mod.merge", q=same, into=question)
    do(session, session.host, "sess.close")
    stored = Question.objects.get(pk=question)
    assert (stored.state, stored.answered_how) == ("answered", "owed")
    topic = Topic.objects.get()
    assert (stored.topic, topic.title, topic.asker) == (
        topic,
        "Who pays for the second line?",
        asker,
    )
    assert f"/live/{session.pk}/#q{question}" in topic.posts.get().body
    assert state_of(session).questions[question]["topic"] == topic.get_absolute_url()
    told = Notice.objects.filter(event=f"live:{question}:owed").values_list("person", flat=True)
    assert set(told) == {asker.pk, voter.pk, other.pk}


def test_the_balance_adds_up_and_nothing_is_left_open():
    session, host = make_session(moderated=True), None
    host = session.host
    asker = professional()
    ids = [ask(session, asker, f"Question number {number}, please?") for number in range(8)]
    for number in ids[:5]:
        do(session, host, "mod.approve", q=number)
    do(session, host, "mod.answered", q=ids[0], how="live")
    do(session, host, "mod.answered", q=ids[1], how="written", answer="So it is.")
    do(session, host, "mod.merge", q=ids[2], into=ids[3])
    do(session, host, "mod.dismiss", q=ids[5], reason="Off topic")
    do(session, asker, "q.withdraw", q=ids[6])
    do(session, host, "sess.close")
    assert balance(state_of(session)) == {
        "asked": 8,
        "live": 1,
        "written": 1,
        "owed": 3,
        "dismissed": 1,
        "merged": 1,
        "withdrawn": 1,
        "pending": 0,
    }
    assert Topic.objects.count() == 3


def test_closing_again_changes_nothing():
    session = make_session()
    ask(session)
    do(session, session.host, "sess.close")
    head = Session.objects.get(pk=session.pk).head
    again = do(session, session.host, "sess.close")
    assert (again.dup, again.seq) == (True, head)
    assert Topic.objects.count() == 1


def test_a_close_that_breaks_off_leaves_all_as_it_was(monkeypatch):
    session = make_session()
    for _number in range(3):
        ask(session)
    log = list(session.events.values_list("seq", "kind"))

    def broken(*args):
        raise OSError("the disk is full")

    monkeypatch.setattr(closing, "_record_evidence", broken)
    with pytest.raises(OSError, match="disk is full"):
        do(session, session.host, "sess.close")
    assert list(session.events.values_list("seq", "kind")) == log
    assert not Topic.objects.exists()
    monkeypatch.undo()
    do(session, session.host, "sess.close")
    assert Topic.objects.count() == 3


def test_what_nobody_let_through_is_owed_out_of_sight():
    session, asker = make_session(moderated=True), professional()
    ask(session, asker, "Never approved by any host")
    do(session, session.host, "sess.close")
    topic = Topic.objects.get()
    tokens = set(topic.audience.tokens.values_list("token", flat=True))
    assert tokens & tokens_of(asker)
    assert not tokens & tokens_of(professional())


@pytest.mark.parametrize("mode", ["to_hosts", "anonymous"])
def test_a_name_that_was_not_shown_is_not_on_the_topic(mode):
    session, asker = make_session(names="anonymous"), professional()
    ask(session, asker, "Who would dare to ask this?", name_mode=mode)
    do(session, session.host, "sess.close")
    topic = Topic.objects.get()
    assert topic.asker == session.host
    assert asker.name not in topic.title + topic.posts.get().body


def test_an_owed_answer_is_given_after_the_close():
    session = make_session()
    question = ask(session)
    do(session, session.host, "sess.close")
    do(session, expert_of(session.pool), "q.answer", q=question, body="Twice the median.")
    counts = balance(state_of(session))
    assert (counts["written"], counts["owed"]) == (1, 0)
    assert state_of(session).questions[question]["topic"]  # the link stays


def test_hosting_is_evidence_once():
    framework = Framework.objects.create(code="T", name="Test")
    level = Level.objects.create(framework=framework, order=2, name="Experienced")
    competency = Competency.objects.create(
        framework=framework, code="N-1", name="Routing", pool_code="NET", area="A", definition="D"
    )
    session = make_session(competencies=[competency], level=level)
    for _time in range(2):
        do(session, session.host, "sess.close")
    evidence = Evidence.objects.get()
    assert (evidence.person, evidence.kind, evidence.level) == (
        session.host,
        "hosted_session",
        level,
    )


def test_holdings_roles_and_my_page():
    session = make_session()
    ask(session)
    assert [each.title for each in holdings_of(session.host)] == [session.title]
    assert open_or_upcoming_for(professional()) == [session]
    assert (list(roles_of(session.host)), list(roles_of(professional()))) == (["host"], [])
    do(session, session.host, "sess.close")
    assert [each.kind for each in holdings_of(session.host)] == ["Owed answer"]
    assert open_or_upcoming_for(professional()) == []


def test_a_long_question_becomes_a_title_that_ends_at_a_word():
    session = make_session()
    ask(session, body="word " * 100)
    do(session, session.host, "sess.close")
    title = Topic.objects.get().title
    assert len(title) <= closing.TITLE_MAX
    assert title.endswith("word…")
