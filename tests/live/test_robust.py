"""Too many, too fast, all at once, and a database that came back from an old dump."""

import asyncio
import json
import uuid

import pytest
from django.db import connection, transaction

from live import hub, snapshots
from live.gate import FRAMES_AT_ONCE, LINES_EACH, PATIENCE, gate
from live.log import state_of
from live.models import Event, Question, Session, Vote
from tests.factories.live import ask, do, make_session
from tests.factories.people import professional
from tests.live.sockets import HOSTS, Browser, Socket, cookie_of, in_database

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture(autouse=True)
async def _hubs_end():
    yield
    await hub.stop_all()
    assert (gate.lines, sum(gate.seats.values())) == (0, 0)


async def test_ten_thousand_attempts_are_refused_with_a_code_and_those_inside_go_on(settings):
    settings.LIVE_CONNECTIONS = 1
    session, person = await in_database(lambda: (make_session(), professional()))()

    async def attempt() -> dict:
        socket = Socket(f"/live/{session.pk}/ws", HOSTS)
        assert await socket.connect()
        frame = json.loads(await socket.receive_from(timeout=5))
        closed = await socket.receive_output(5)
        await socket.wait(5)
        return frame | {"closed": closed["code"]}

    async with Browser(session, person) as browser:
        await browser.hello()
        for _hundred in range(100):
            for frame in await asyncio.gather(*[attempt() for _ in range(100)]):
                assert (frame["t"], frame["code"], frame["closed"]) == ("bye", "busy", 1013)
                assert 5000 <= frame["retry_after_ms"] <= 30_000
        assert (await browser.command("q.ask", body="Is anybody served meanwhile?"))["t"] == "ack"
    async with Browser(session, person) as again:  # the place is free again
        await again.hello()


async def test_one_person_holds_so_many_lines_and_the_next_is_told():
    session, person = await in_database(lambda: (make_session(), professional()))()
    browsers = [Browser(session, person) for _ in range(LINES_EACH)]
    for browser in browsers:
        await browser.__aenter__()
        await browser.hello()
    async with Browser(session, person) as one_more:
        assert (await one_more.hear("bye"))["code"] == "too_many"
    for browser in browsers:
        await browser.__aexit__()
    async with Browser(session, person) as again:
        await again.hello()


async def test_frames_beyond_the_pace_are_not_looked_at_and_a_flood_ends_the_line():
    session, person = await in_database(lambda: (make_session(), professional()))()
    async with Browser(session, person) as browser:
        await browser.hello()
        await browser.hear("snapshot")
        cid = str(uuid.uuid4())
        for _frame in range(4 * FRAMES_AT_ONCE):
            await browser.send(t="ping")
        nack = await browser.command("q.ask", cid=cid, body="Is this one still looked at?")
        assert (nack["code"], nack["retry"]) == ("rate_limited", True)
        assert not await Question.objects.aexists()
        for _frame in range(10 * PATIENCE):  # some pass, however slowly they are looked at
            await browser.send(t="ping")
        assert (await browser.hear("bye"))["code"] == "too_fast"
        while (await browser.socket.receive_output(5))["type"] != "websocket.close":
            pass


async def test_350_who_come_back_at_once_are_served_one_snapshot():
    session, people = await in_database(
        lambda: (make_session(), [professional() for _ in range(35)])
    )()
    for number in range(5):
        await in_database(ask)(session, body=f"What is the {number}. question of many?")
    async with Browser(session, people[0]) as first:  # the hub stands
        await first.hello()
        here = await first.hear("snapshot")
    before = snapshots.built()

    async def come_back(cookie, have) -> str:
        async with Browser(session, cookie=cookie) as browser:
            await browser.hello(have)
            return json.dumps(await browser.hear("events" if have else "snapshot"))

    await in_database(ask)(session, people[0], body="Asked while all were away?")
    behind = {"epoch": here["epoch"], "seq": here["seq"] - 1, "mark": ""}
    cookies = await in_database(lambda: [cookie_of(person) for person in people])()
    lines = [
        come_back(cookie, behind if odd % 2 else None) for cookie in cookies for odd in range(10)
    ]
    told = await asyncio.gather(*lines)
    assert len(told) == 350
    head = (await Session.objects.aget(pk=session.pk)).head
    assert {json.loads(text).get("to") or json.loads(text)["seq"] for text in told} == {head}
    assert snapshots.built() - before <= 2  # one for each number in between


def go_back(session, seq: int) -> None:
    """What a restore from an older dump leaves: a shorter log, and no question after it."""
    if connection.vendor == "postgresql":
        off, on = (f"ALTER TABLE live_event {way} TRIGGER USER" for way in ("DISABLE", "ENABLE"))
    else:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sql FROM sqlite_master WHERE name = %s", ["live_event_no_delete"]
            )
            off, on = "DROP TRIGGER live_event_no_delete", cursor.fetchone()[0]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(off)
        gone = Event.objects.filter(session=session, seq__gt=seq)
        asked = [event.payload["q"] for event in gone.filter(kind="q.asked")]
        gone.delete()
        Vote.objects.filter(question__in=asked).delete()
        Question.objects.filter(pk__in=asked).delete()
        Session.objects.filter(pk=session.pk).update(head=seq)
        cursor.execute(on)


async def test_a_hub_notices_that_the_log_went_back(monkeypatch):
    monkeypatch.setattr(hub, "LOOK_EVERY", 0.2)
    session, person, other = await in_database(
        lambda: (make_session(), professional(), professional())
    )()
    async with Browser(session, person) as browser:
        await browser.hello()
        before = await browser.hear("snapshot")
        cid = str(uuid.uuid4())
        lost = await browser.command("q.ask", cid=cid, body="Will this be in the dump?")
        await browser.item("q.asked")
        await in_database(go_back)(session, before["seq"])
        await in_database(ask)(session, other, body="Another one under the same number")
        assert (await browser.hear("reset"))["epoch"] != before["epoch"]
        after = await browser.hear("snapshot")
        bodies = [question["body"] for question in after["state"]["questions"]]
        assert bodies == ["Another one under the same number"]
        back = await browser.command("q.ask", cid=cid, body="Will this be in the dump?")
        assert (back["dup"], back["seq"]) == (False, lost["seq"] + 1)


async def test_a_client_proves_that_the_log_went_back_and_a_liar_does_not():
    session, person = await in_database(lambda: (make_session(), professional()))()
    epoch = str(session.epoch)
    async with Browser(session, person) as browser:
        await browser.hello()
        begun = await browser.hear("snapshot")
        question = await browser.command("q.ask", body="Will this be in the dump?")
        had = await browser.hear("events")
    await hub.stop_all()  # the process ends, the dump comes in, a new one begins
    key = (await Question.objects.aget(pk=question["obj"])).key
    await in_database(go_back)(session, begun["seq"])
    liar = {"epoch": epoch, "seq": 10**6, "mark": had["mark"]}
    async with Browser(session, person) as browser:
        assert (await browser.hello(liar))["epoch"] == epoch
        had = {"epoch": epoch, "seq": had["to"], "mark": had["mark"]}
        welcome = await browser.hello(had)
        assert welcome["epoch"] not in (epoch, None)
        assert (await browser.hear("snapshot"))["seq"] == begun["seq"]
    async with Browser(session, person) as browser:  # an old proof is of an old epoch
        assert (await browser.hello(had))["epoch"] == welcome["epoch"]
        other = await browser.command("q.ask", body="Under the id that was given before?")
        vote = {"q": other["obj"], "value": 1, "key": key}
        async with Browser(session, session.host) as voter:
            await voter.hello()
            assert (await voter.command("vote.set", **vote))["code"] == "unknown_question"


def test_pages_notice_that_the_log_went_back(signed_in):
    session, client = make_session(), signed_in(professional())
    before = session.events.count()
    ask(session, body="Seen before the dump came in?")
    first = client.get(f"/live/{session.pk}/snapshot").json()
    go_back(session, before)
    do(session, session.host, "sess.pause")
    second = client.get(f"/live/{session.pk}/snapshot").json()
    assert first["epoch"] != second["epoch"]
    assert (second["state"]["questions"], second["state"]["session"]["state"]) == ([], "paused")
    session.refresh_from_db()
    assert state_of(session).seq == session.head
