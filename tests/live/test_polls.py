"""Polls and raised hands: commands, what each sees, plain forms, and once for each person."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from live import hub, services
from live.log import state_of
from live.models import Hand, Poll, PollAnswer
from live.protocol import Nack
from tests.factories.live import do, make_session
from tests.factories.people import professional
from tests.live.sockets import Browser, in_database

ROUTES = {"text": "Which routes are paved?", "kind": "single", "options": ["North", "South"]}


def code(*args, **kwargs) -> str:
    with pytest.raises(Nack) as caught:
        do(*args, **kwargs)
    return caught.value.code


def start(session, /, **changes) -> int:
    return do(session, session.host, "poll.start", **{**ROUTES, **changes}).obj


def poll_seen(signed_in, session, person) -> dict:
    client = signed_in(person)
    return client.get(reverse("live:snapshot", args=[session.pk])).json()["state"]["polls"][0]


@pytest.mark.django_db
def test_an_answer_is_set_and_changed_and_counts_once():
    session, person, other, cid = make_session(), professional(), professional(), uuid.uuid4()
    poll = start(session)
    for choices in ([0], [1], [1]):
        ack = do(session, person, "poll.answer", p=poll, choices=choices)
        assert (ack.obj, ack.dup) == (poll, False)
    do(session, other, "poll.answer", p=poll, choices=[0], cid=cid)
    assert do(session, other, "poll.answer", p=poll, choices=[0], cid=cid).dup
    assert code(session, other, "poll.answer", p=poll, choices=[1], cid=cid) == "key_reuse"
    services.tally(session.pk)
    seen = state_of(session).polls[poll]
    assert (seen["counts"], seen["voters"], PollAnswer.objects.count()) == ([1, 1], 2, 2)
    do(session, person, "poll.answer", p=poll, choices=[0])
    do(session, session.host, "poll.end", p=poll)
    assert code(session, person, "poll.answer", p=poll, choices=[1]) == "closed"
    assert services.tally(session.pk, at=timezone.now() + timedelta(seconds=5)) is None
    assert state_of(session).polls[poll]["counts"] == [2, 0]
    assert do(session, session.host, "poll.end", p=poll).dup


@pytest.mark.django_db
def test_any_number_of_answers_and_a_scale():
    session, person = make_session(), professional()
    several = start(session, kind="multiple")
    scale = start(session, kind="scale", options=["not at all", "very"])
    plain = start(session, kind="scale", options=[])
    do(session, person, "poll.answer", p=several, choices=[1, 0, 1])
    do(session, person, "poll.answer", p=scale, choices=[4])
    services.tally(session.pk)
    polls = state_of(session).polls
    assert polls[several]["counts"] == [1, 1]
    assert polls[scale]["options"] == ["1: not at all", "2", "3", "4", "5: very"]
    assert polls[scale]["counts"] == [0, 0, 0, 0, 1]
    assert polls[plain]["options"] == ["1", "2", "3", "4", "5"]
    do(session, person, "poll.answer", p=several, choices=[])  # taken back
    do(session, session.host, "sess.close")  # ends all polls with their last counts
    polls = state_of(session).polls
    assert {poll["state"] for poll in polls.values()} == {"ended"}
    assert (polls[several]["counts"], polls[several]["voters"]) == ([0, 0], 0)
    assert not Poll.objects.filter(ended_at=None).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"text": "Eh?"}, "too_short"),
        ({"text": "x" * 301}, "too_long"),
        ({"options": ["Only one"]}, "bad_payload"),
        ({"options": ["Same", "Same"]}, "bad_payload"),
        ({"options": [str(number) for number in range(11)]}, "bad_payload"),
        ({"options": ["x" * 101, "y"]}, "too_long"),
        ({"options": "North"}, "bad_payload"),
        ({"kind": "scale", "options": ["one"]}, "bad_payload"),
        ({"kind": "other"}, "bad_payload"),
    ],
)
def test_polls_that_are_refused(changes, expected):
    session = make_session()
    assert code(session, session.host, "poll.start", **{**ROUTES, **changes}) == expected
    assert not Poll.objects.exists()


@pytest.mark.django_db
def test_answers_that_are_refused():
    session, person = make_session(), professional()
    poll, elsewhere = start(session), start(make_session())
    for choices in ([2], [9], [0, 1], [], [-1], ["0"], [True], 0, [10**30]):
        assert code(session, person, "poll.answer", p=poll, choices=choices) == "bad_payload"
    assert code(session, person, "poll.answer", p=elsewhere, choices=[0]) == "unknown_poll"
    assert code(session, person, "poll.answer", p=poll, key="other", choices=[0]) == "unknown_poll"
    assert not PollAnswer.objects.exists()


@pytest.mark.django_db
def test_counts_are_the_hosts_until_a_host_shows_them(signed_in):
    session, person = make_session(), professional()
    poll = start(session)
    do(session, person, "poll.answer", p=poll, choices=[1])
    assert poll_seen(signed_in, session, person)["counts"] is None
    assert poll_seen(signed_in, session, session.host)["counts"] == [0, 1]
    do(session, session.host, "poll.show", p=poll, value=1)
    assert do(session, session.host, "poll.show", p=poll, value=1).dup
    assert poll_seen(signed_in, session, person)["counts"] == [0, 1]


@pytest.mark.django_db
def test_a_hand_keeps_its_place_and_its_name_is_the_hosts(signed_in):
    session, first, second = make_session(), professional(), professional()
    raised = do(session, first, "hand.set", value=1)
    do(session, second, "hand.set", value=1)
    assert do(session, first, "hand.set", value=1).dup
    client = signed_in(second)
    snapshot = client.get(reverse("live:snapshot", args=[session.pk])).json()
    assert snapshot["state"]["hands"] == {"count": 2, "mine": None}
    assert (snapshot["me"]["hand"]["place"], first.name in str(snapshot)) == (2, False)
    do(session, session.host, "hand.call", h=raised.obj)
    assert first.name in signed_in(session.host).get(f"/live/{session.pk}/").content.decode()
    assert code(session, second, "hand.lower", h=raised.obj) == "forbidden"
    do(session, session.host, "hand.lower", h=raised.obj)
    assert code(session, session.host, "hand.lower", h=raised.obj) == "unknown_hand"
    do(session, session.host, "sess.pause")
    assert code(session, first, "hand.set", value=1) == "closed"
    do(session, session.host, "sess.close")
    assert (state_of(session).hands, Hand.objects.filter(lowered_at=None).count()) == ({}, 0)


@pytest.mark.django_db
def test_polls_and_hands_by_plain_forms(signed_in):
    session, host, person = make_session(), None, signed_in(professional())
    host = signed_in(session.host)
    address = reverse("live:act", args=[session.pk])

    def act(client, kind, /, **fields):
        data = {"t": kind, "cid": str(uuid.uuid4()), **fields}
        return client.post(address, data, follow=True)

    refused = act(host, "poll.start", text="Which way?", kind="single", options="North\n\n")
    page = refused.content.decode()
    assert (refused.status_code, "Two to ten different answers" in page) == (422, True)
    assert "Which way?" in page
    act(host, "poll.start", text="Which way?", kind="multiple", options="North\r\nSouth\r\n")
    poll = Poll.objects.get()
    assert act(person, "poll.answer", p=poll.pk, choices="x").status_code == 422
    page = act(person, "poll.answer", p=poll.pk, choices=["0", "1"]).content.decode()
    assert (page.count(" checked"), "Your answer is set." in page) == (2, True)
    act(host, "poll.show", p=poll.pk, value="1")
    act(person, "hand.set", value="1")
    page = act(host, "hand.call", h=Hand.objects.get().pk).content.decode()
    assert "<b data-count-of>1</b>" in page
    assert "It is your turn to speak." in person.get(f"/live/{session.pk}/").content.decode()
    act(host, "poll.end", p=poll.pk)
    assert Poll.objects.get().ended_at


@pytest.mark.usefixtures("transactional_db")
async def test_polls_and_hands_on_the_socket():
    session, person, other = await in_database(
        lambda: (make_session(), professional(), professional())
    )()
    async with (
        Browser(session, session.host) as host,
        Browser(session, person) as one,
        Browser(session, other) as two,
    ):
        for browser in (host, one, two):
            await browser.hello()
        poll = (await host.command("poll.start", **ROUTES))["obj"]
        assert (await one.command("poll.answer", p=poll, choices=[1]))["t"] == "ack"

        async def heard(browser, name, wanted):
            while not wanted((await browser.hear("events")).get(name)):
                pass

        await heard(host, "polls", lambda polls: polls and polls[0]["counts"] == [0, 1])
        await heard(two, "polls", lambda polls: polls and polls[0]["voters"] == 1)
        hand = (await two.command("hand.set", value=1))["obj"]
        await heard(two, "hands", lambda hands: hands and hands["mine"]["place"] == 1)
        await heard(one, "hands", lambda hands: hands == {"count": 1, "mine": None})
        await host.command("hand.call", h=hand)
        await heard(two, "hands", lambda hands: hands and hands["mine"]["called"])
        async with Browser(session, person) as again:
            await again.hello()
            assert (await again.hear("snapshot"))["me"]["polls"] == {str(poll): [1]}
        assert other.name not in "".join(one.frames)
    await hub.stop_all()
