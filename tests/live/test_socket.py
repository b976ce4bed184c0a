"""The socket, through the real application: protocol.py and hub.py as a browser meets them."""

import asyncio
import json
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from live import door, hub
from live.models import Question, Session, Vote
from live.seats import FRAMES, STALE, Seat
from moderation.restricting import restrict
from tests.factories.live import ask, do, make_session
from tests.factories.moderation import moderator
from tests.factories.people import PersonFactory, professional
from tests.live.sockets import Browser, Socket, cookie_of, in_database

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture(autouse=True)
async def _hubs_end():
    yield
    await hub.stop_all()


async def test_a_question_is_acknowledged_and_reaches_the_others():
    session, asker, reader = await in_database(
        lambda: (make_session(), professional(), professional())
    )()
    async with Browser(session, asker) as one, Browser(session, reader) as two:
        await one.hello()
        await two.hello()
        ack = await one.command("q.ask", body="Which routers are on contract?")
        item = await two.item("q.asked")
        assert item["seq"] == ack["seq"]
        assert item["put"][0]["body"] == "Which routers are on contract?"
        assert item["put"][0]["mine"] is False
        mine = await one.item("q.asked")
        assert mine["put"][0]["mine"] is True


async def test_the_same_command_sent_twice_is_one_question():
    session, asker = await in_database(lambda: (make_session(), professional()))()
    cid = str(uuid.uuid4())
    async with Browser(session, asker) as browser:
        await browser.hello()
        first = await browser.command("q.ask", cid=cid, body="Only once, please, thanks")
        again = await browser.command("q.ask", cid=cid, body="Only once, please, thanks")
        assert again == {**first, "dup": True}
        other = await browser.command("q.ask", cid=cid, body="The same id, other words")
        assert (other["code"], other["retry"]) == ("key_reuse", False)
    assert await Question.objects.acount() == 1


async def test_text_that_no_host_let_through_reaches_no_other_socket():
    session, asker, reader = await in_database(
        lambda: (make_session(moderated=True), professional(), professional())
    )()
    async with (
        Browser(session, asker) as own,
        Browser(session, reader) as other,
        Browser(session, session.host) as host,
    ):
        for browser in (own, other, host):
            await browser.hello()
        secret = await own.command("q.ask", body="CANARY-one in the pending text")
        dismissed = await own.command("q.ask", body="CANARY-two, soon dismissed")
        assert "CANARY-one" in json.dumps(await host.item("q.asked"))
        await host.command("mod.dismiss", q=dismissed["obj"], reason="CANARY-three the reason")
        while "CANARY-three" not in json.dumps(await own.hear("events")):
            pass
        last = await host.command("q.ask", body="A question that all may see")
        while (await other.hear("events"))["to"] < last["seq"]:
            pass
        async with Browser(session, reader) as late:
            await late.hello()
            await late.hear("snapshot")
            assert "CANARY" not in "".join(other.frames + late.frames)
        await host.command("mod.approve", q=secret["obj"])
        item = await other.item("q.approved")
        assert item["put"][0]["body"] == "CANARY-one in the pending text"


async def test_who_comes_back_gets_only_what_was_missed():
    session, asker = await in_database(lambda: (make_session(), professional()))()
    async with Browser(session, asker) as browser:
        welcome = await browser.hello()
        snapshot = await browser.hear("snapshot")
        assert snapshot["seq"] == welcome["head"]
    await in_database(ask)(session, body="Asked while nobody was connected")
    async with Browser(session, asker) as browser:
        await browser.hello({"epoch": snapshot["epoch"], "seq": snapshot["seq"]})
        events = await browser.hear("events")
        assert events["from"] == snapshot["seq"]
        assert [item["kind"] for item in events["items"]] == ["q.asked"]
    async with Browser(session, asker) as browser:
        await browser.hello({"epoch": str(uuid.uuid4()), "seq": 1})
        assert (await browser.hear("snapshot"))["seq"] == events["to"]


async def test_a_lost_bell_costs_two_seconds_and_no_event(monkeypatch):
    session, reader = await in_database(lambda: (make_session(), professional()))()
    async with Browser(session, reader) as browser:
        await browser.hello()
        await browser.hear("snapshot")
        monkeypatch.setattr("live.bell.ring", lambda session_id: None)
        await in_database(ask)(session)
        assert (await browser.item("q.asked"))["put"]


async def test_votes_come_as_one_tally():
    session, voters = await in_database(
        lambda: (make_session(), [professional() for _ in range(3)])
    )()
    question = await in_database(ask)(session)
    async with Browser(session, voters[0]) as browser:
        await browser.hello()
        for voter in voters[1:]:
            await in_database(do)(session, voter, "vote.set", q=question, value=1)
        assert (await browser.command("vote.set", q=question, value=1))["t"] == "ack"
        while (await browser.item("q.tally"))["put"][0]["votes"] < 3:
            pass
        async with Browser(session, voters[0]) as again:
            await again.hello()
            assert (await again.hear("snapshot"))["me"]["voted"] == [question]


@pytest.mark.parametrize(
    "text", ["", "not json", "[]", '"x"', "null", "{}", '{"t":"q.ask"}', '{"t":7}', "[" * 20_000]
)
async def test_what_cannot_be_read_gets_an_answer(text):
    session, person = await in_database(lambda: (make_session(), professional()))()
    async with Browser(session, person) as browser:
        await browser.hello()
        await browser.socket.send_to(text_data=text)
        nack = await browser.hear("nack")
        assert (nack["code"], nack["retry"]) == ("bad_payload", False)


async def test_visitors_and_strangers_are_told_and_closed():
    session, stranger = await in_database(
        lambda: (make_session(audience="group:nobody"), professional())
    )()
    async with Browser(session) as visitor:
        assert (await visitor.hear("bye"))["code"] == "sign_in"
    async with Browser(session, stranger) as browser:
        assert (await browser.hear("bye"))["code"] == "unknown"


async def test_another_sites_page_cannot_connect():
    session, person = await in_database(lambda: (make_session(), professional()))()
    cookie = await in_database(cookie_of)(person)
    headers = [(b"host", b"localhost"), (b"origin", b"http://evil.example"), (b"cookie", cookie)]
    assert await Socket(f"/live/{session.pk}/ws", headers).connect() is False


async def test_a_right_that_ends_ends_on_the_open_socket(monkeypatch):
    monkeypatch.setattr(hub, "RIGHTS_EVERY", 0.1)
    session, moderator = await in_database(lambda: (make_session(), professional()))()
    await session.moderators.aadd(moderator)
    question = await in_database(ask)(session)
    async with Browser(session, moderator) as browser:
        assert (await browser.hello())["role"] == "host"
        await session.moderators.aremove(moderator)
        nack = await browser.command("mod.pin", q=question)
        assert nack["code"] == "forbidden"
        assert (await browser.hear("role"))["role"] == "audience"
        await type(moderator).objects.filter(pk=moderator.pk).aupdate(is_active=False)
        assert (await browser.hear("bye"))["code"] == "forbidden"


async def test_a_new_epoch_starts_everybody_again(monkeypatch):
    monkeypatch.setattr(hub, "RIGHTS_EVERY", 0.1)
    session, person = await in_database(lambda: (make_session(), professional()))()
    async with Browser(session, person) as browser:
        await browser.hello()
        await Session.objects.filter(pk=session.pk).aupdate(epoch=uuid.uuid4())
        fresh = await browser.hear("reset")
        assert fresh["epoch"] != str(session.epoch)
        assert (await browser.hear("snapshot"))["epoch"] == fresh["epoch"]


def test_a_slow_reader_gets_one_snapshot_instead_of_a_heap():
    seat = Seat(person=1, is_host=False)
    seat.put("welcome", must=True)
    for number in range(FRAMES - 1):
        seat.put(str(number))
    assert len(seat.queue) == FRAMES
    seat.put("one too many")
    seat.put("and the next")
    seat.put("x" * 300_000)  # more than may wait
    seat.put("bye", must=True, last=True)
    assert [seat.take() for _ in range(4)] == [STALE, ("welcome", None, True, False),
                                               ("bye", None, True, True), None]  # fmt: skip
    assert seat.size == 0
    seat.put("x" * 300_000)  # a large one alone is not too much
    assert len(seat.take().text) == 300_000


async def test_votes_of_a_person_without_the_right_are_not_stored():
    session, stranger = await in_database(
        lambda: (make_session(audience="group:nobody"), PersonFactory())
    )()
    question = await in_database(ask)(session, session.host)
    async with Browser(session, stranger) as browser:
        await browser.send(t="vote.set", cid=str(uuid.uuid4()), q=question, value=1)
    assert await Vote.objects.acount() == 0


async def test_the_suspended_leave_open_sockets_soon_and_the_silenced_say_nothing():
    session, quiet, gone, by = await in_database(
        lambda: (make_session(), professional(), professional(), moderator())
    )()
    until = timezone.now() + timedelta(hours=1)

    def end_rights():
        restrict(quiet, kind="silence", until=until, reason="Shouting.", by=by)
        restrict(gone, kind="suspend", until=until, reason="Shouting.", by=by)

    async with Browser(session, quiet) as one, Browser(session, gone) as two:
        await one.hello()
        await two.hello()
        await in_database(end_rights)()
        for browser in (one, two):
            nack = await browser.command("q.ask", body="May I still ask a question?")
            assert nack["code"] == "forbidden"
            assert "Shouting." in nack["reason"]
        assert (await two.hear("bye", timeout=5))["code"] == "forbidden"
        await one.send(t="ping")
        assert await one.hear("hb")
    async with Browser(session, gone) as again:
        assert (await again.hear("bye"))["code"] == "sign_in"


async def test_a_command_that_is_done_after_the_goodbye_breaks_nothing(monkeypatch):
    """The process ends while a command is on its way: the client sends it again elsewhere."""
    session, person = await in_database(lambda: (make_session(), professional()))()
    may_go_on, perform = asyncio.Event(), door.command

    async def slow(*args):
        await may_go_on.wait()
        return await perform(*args)

    monkeypatch.setattr(door, "command", slow)
    browser = Browser(session, person)
    await browser.__aenter__()
    await browser.hello()
    await browser.send(t="q.ask", cid=str(uuid.uuid4()), body="Is this one still answered?")
    await asyncio.sleep(0)
    hub.say_goodbye()
    await browser.hear("bye")
    assert (await browser.socket.receive_output(5))["type"] == "websocket.close"
    may_go_on.set()
    await browser.socket.disconnect()  # raises what the application raised
    assert await Question.objects.acount() == 1
