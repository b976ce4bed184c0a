"""What no client of ours would send, and any order of what all of them do."""

import json
import uuid

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from live import hub
from live.models import Question, Vote
from live.protocol import Nack
from tests.factories.live import ask, do, make_session
from tests.factories.people import professional
from tests.live.sockets import Browser, in_database
from tests.live.test_commands import assert_sound

CID = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
ODD = [None, True, -1, 10**40, 1.5, "", "\x00", "\ud800", "x" * 15_000, [], {}, [[]], {"a": 1}]
FRAMES = [
    *("", "{", "null", "[]", '"q.ask"', "7", "NaN", "1e999", '{"t":null}', '{"t":["q.ask"]}'),
    *('{"t":{}}', '{"t":"no.such"}', '{"t":"hello","have":7}', "[" * 60_000, "{" * 60_000),
    '{"t":"q.ask","t":"sess.close"}',
    json.dumps({"t": "q.ask", "cid": CID, "body": "x" * 20_000}),
    json.dumps({"t": "x" * 10_000, "cid": CID}),
    '{"t":"q.ask","cid":"' + CID + '","body":' + "[" * 900 + "]" * 900 + "}",
]


def odd_commands(question: int) -> list[str]:
    """Each field of some commands, as each thing that it should not be."""
    whole = [
        {"t": "q.ask", "cid": CID, "body": "Long enough to be asked", "name_mode": "named"},
        {"t": "vote.set", "cid": CID, "q": question, "value": 1},
        {"t": "mod.merge", "cid": CID, "q": question, "into": question, "rev": 1},
        {"t": "poll.answer", "cid": CID, "p": 1, "choices": [0]},
    ]
    return [
        json.dumps({**command, name: odd})
        for command in whole
        for name in command
        for odd in ODD
        if not (name == "body" and isinstance(odd, str) and len(odd) > 9)
    ]


@pytest.mark.usefixtures("transactional_db")
async def test_every_frame_is_answered_and_none_breaks_the_line(monkeypatch):
    monkeypatch.setattr("live.gate.FRAMES_AT_ONCE", 10_000)
    session, person = await in_database(lambda: (make_session(), professional()))()
    question, elsewhere = await in_database(lambda: (ask(session), ask(make_session())))()
    async with Browser(session, person) as browser:
        await browser.hello()
        await browser.hear("snapshot")
        for text in [*FRAMES, *odd_commands(question)]:
            await browser.socket.send_to(text)
            await browser.send(t="ping")
            await browser.hear("hb")
        answers = [json.loads(text) for text in browser.frames]
        codes = {frame["code"] for frame in answers if frame["t"] == "nack"}
        assert codes <= {
            "bad_payload",
            "too_short",
            "unknown_question",
            "unknown_poll",
            "forbidden",
        }
        assert {frame["t"] for frame in answers} <= {"nack", "hb", "welcome", "snapshot", "events"}
        for data in (b"", b"\xff\xfe\x00", b"\x80" * 5000, '{"t":"ping"}'.encode("utf-16")):
            await browser.socket.send_input({"type": "websocket.receive", "bytes": data})
            assert (await browser.hear("nack"))["code"] == "bad_payload"
        of_another = await browser.command("vote.set", q=elsewhere, value=1)
        assert of_another["code"] == "unknown_question"
        assert (await Vote.objects.acount(), await Question.objects.acount()) == (0, 2)
        cid = str(uuid.uuid4())
        assert (await browser.command("vote.set", cid=cid, q=question, value=1))["t"] == "ack"
        again = await browser.command("q.ask", cid=cid, body="The same id for something else")
        assert again["code"] == "key_reuse"
    async with Browser(session, session.host) as host:
        await host.hello({"epoch": str(session.epoch), "seq": 2**61, "mark": "x|y"})
        assert (await host.hear("snapshot"))["seq"] > 0
        future = await host.command("mod.pin", q=question, rev=999)
        assert (future["code"], future["current"]["rev"]) == ("conflict", 1)
    await hub.stop_all()


REFUSALS = {"conflict", "closed", "forbidden", "unknown_question", "paused", "unknown_hand"}


class Session(RuleBasedStateMachine):
    """A session in which everybody does anything at any time: refused with a code, or done."""

    questions = Bundle("questions")

    @initialize(moderated=st.booleans())
    def begin(self, moderated):
        self.codes = set()
        self.people = [professional() for _ in range(3)]
        self.session = make_session(moderated=moderated, moderators=[self.people[0]])

    def do(self, person, kind, /, **fields):
        try:
            return do(self.session, person, kind, **fields)
        except Nack as nack:
            self.codes.add(nack.code)
            return None

    @rule(target=questions, who=st.integers(0, 2))
    def ask(self, who):
        ack = self.do(self.people[who], "q.ask", body="What is asked at any time?")
        return ack.obj if ack else multiple()

    @rule(question=questions, who=st.integers(0, 2), value=st.integers(0, 1))
    def vote(self, question, who, value):
        self.do(self.people[who], "vote.set", q=question, value=value)

    @rule(
        question=questions,
        kind=st.sampled_from(["mod.approve", "mod.pin", "mod.unpin", "mod.reopen", "q.withdraw"]),
        who=st.integers(0, 2),
    )
    def move(self, question, kind, who):
        self.do(self.people[who], kind, q=question)

    @rule(question=questions, into=questions)
    def merge(self, question, into):
        self.do(self.session.host, "mod.merge", q=question, into=into)

    @rule(question=questions)
    def dismiss(self, question):
        self.do(self.session.host, "mod.dismiss", q=question, reason="Asked last week")

    @rule(question=questions, how=st.sampled_from(["live", "written", "owed"]))
    def settle(self, question, how):
        self.do(self.session.host, "mod.answered", q=question, how=how, answer="So it is.")

    @rule(who=st.integers(0, 2), value=st.integers(0, 1))
    def hand(self, who, value):
        self.do(self.people[who], "hand.set", value=value)

    @rule(kind=st.sampled_from(["sess.open", "sess.pause", "sess.open", "sess.close"]))
    def session_step(self, kind):
        self.do(self.session.host, kind)

    @invariant()
    def nothing_is_lost(self):
        if hasattr(self, "session"):
            assert_sound(self.session)
            assert self.codes <= REFUSALS


@pytest.mark.django_db
def test_the_balance_holds_whatever_people_do():
    """asked = live + written + owed + dismissed + merged + withdrawn + pending, tables = fold."""
    run_state_machine_as_test(
        Session,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
