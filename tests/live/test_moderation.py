"""Names that two decide about, and an order in which new questions have their turn."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from live import hub, services
from live.log import state_of
from live.models import Exposure, Question
from live.orders import ENOUGH, arrange
from live.protocol import Nack
from notifications.models import Notice
from tests.factories.live import ask, do, make_session
from tests.factories.people import PersonFactory, professional
from tests.live.sockets import Browser, in_database


def code(*args, **kwargs) -> str:
    with pytest.raises(Nack) as caught:
        do(*args, **kwargs)
    return caught.value.code


@pytest.mark.django_db
def test_a_hidden_name_is_shown_to_hosts_when_two_agree_and_it_is_logged(signed_in):
    second, asker = professional(), PersonFactory(name="Dechen of the canaries")
    session = make_session(names="anonymous", moderators=[second])
    question = ask(session, asker, body="Who left the rack open?", name_mode="anonymous")
    host = session.host
    address = reverse("live:session", args=[session.pk])
    assert code(session, second, "name.show", q=question) == "conflict"  # nobody asked
    assert code(session, host, "name.ask", q=question, reason=" ") == "too_short"
    do(session, host, "name.ask", q=question, reason="A threat must be followed up")
    assert do(session, host, "name.ask", q=question, reason="Again the same").dup
    assert code(session, second, "name.ask", q=question, reason="Me too") == "conflict"
    assert code(session, host, "name.show", q=question) == "forbidden"
    for person in (host, second, professional()):
        assert "Dechen of the canaries" not in signed_in(person).get(address).content.decode()
    do(session, second, "name.show", q=question, rev=2)
    assert do(session, second, "name.show", q=question).dup
    assert code(session, host, "name.leave", q=question) == "conflict"
    for person, sees in ((host, True), (second, True), (professional(), False)):
        page = signed_in(person).get(address).content.decode()
        assert ("Dechen of the canaries" in page, "A threat" in page) == (sees, sees)
    assert "A threat must be followed up" in signed_in(asker).get(address).content.decode()
    logged = session.events.filter(kind__startswith="name.").order_by("seq")
    assert [(event.kind, event.actor, event.audience) for event in logged] == [
        ("name.asked", host, "hosts"),
        ("name.shown", second, "hosts"),
    ]
    notice = Notice.objects.get(person=asker, event=f"live:{question}:name")
    assert "A threat must be followed up" in notice.reason
    minutes = signed_in(host).get(reverse("live:minutes_markdown", args=[session.pk]))
    assert "Dechen" not in minutes.content.decode()


@pytest.mark.django_db
def test_a_wish_for_a_name_is_taken_back_and_the_host_who_asked_shows_no_own_name():
    second = professional()
    session = make_session(names="to_hosts", moderators=[second])
    hidden = ask(session, second, body="Asked by a moderator, unnamed?", name_mode="to_hosts")
    open_one = ask(session, body="Asked with a name by somebody?")
    assert code(session, session.host, "name.ask", q=open_one, reason="Who is it?") == "conflict"
    do(session, session.host, "name.ask", q=hidden, reason="To thank them")
    assert code(session, second, "name.show", q=hidden) == "forbidden"  # the own one
    do(session, second, "name.leave", q=hidden)
    assert do(session, second, "name.leave", q=hidden).dup
    assert state_of(session).questions[hidden]["reveal"] is None
    assert Question.objects.get(pk=hidden).reveal_by is None


def standing(votes, seen):
    """Questions in the order of asking, with these votes and viewers."""
    return [
        {"id": number, "no": number, "votes": vote, "seen": people}
        for number, (vote, people) in enumerate(zip(votes, seen, strict=True), start=1)
    ]


def test_what_few_have_seen_stands_near_the_top_until_enough_have():
    votes, seen = [9, 8, 7, 6, 0, 0], [40, 40, 40, 40, 3, 1]
    mixed = [question["id"] for question in arrange(standing(votes, seen), "mixed")]
    assert mixed == [1, 2, 6, 3, 4, 5]  # least seen first, after every two
    mixed = arrange(standing(votes, [ENOUGH] * 6), "mixed")
    assert [question["id"] for question in mixed] == [1, 2, 3, 4, 5, 6]


@pytest.mark.django_db
def test_a_page_counts_each_person_once_until_enough_have_seen(signed_in):
    session, asker = make_session(), professional()
    question = ask(session, asker)
    address = reverse("live:session", args=[session.pk])
    for person in (asker, professional(), professional()):
        for _time in range(2):
            signed_in(person).get(address)
    later = timezone.now() + timedelta(seconds=10)
    assert services.tally(session.pk, at=later)
    assert state_of(session).questions[question]["seen"] == 2  # the asker does not count
    assert services.tally(session.pk, at=later + timedelta(seconds=10)) is None
    Question.objects.filter(pk=question).update(seen=ENOUGH)
    signed_in(professional()).get(address)
    assert Exposure.objects.count() == 2


@pytest.mark.usefixtures("transactional_db")
async def test_a_browser_tells_what_came_before_the_eyes():
    session, reader = await in_database(lambda: (make_session(), professional()))()
    question = await in_database(ask)(session)
    elsewhere = await in_database(lambda: ask(make_session()))()
    async with Browser(session, reader) as browser:
        await browser.hello()
        for numbers in ([question, elsewhere], [question], "all", [True], [10**30], None):
            await browser.send(t="seen", qs=numbers)
        await browser.send(t="ping")
        await browser.hear("hb")
        item = await browser.item("q.seen")
        assert item["put"][0]["seen"] == 1
        assert await Exposure.objects.acount() == 1
    await hub.stop_all()


@pytest.mark.django_db
def test_the_naming_by_plain_forms(signed_in):
    second = professional()
    session = make_session(names="anonymous", moderators=[second])
    question = ask(session, body="Who wrote that, please?", name_mode="anonymous")
    act = reverse("live:act", args=[session.pk])
    for person, kind in ((session.host, "name.ask"), (second, "name.show")):
        data = {"t": kind, "cid": str(uuid.uuid4()), "q": question, "reason": "To answer them"}
        if kind == "name.show":
            data.pop("reason")
        assert signed_in(person).post(act, data).status_code == 302
    assert Question.objects.get(pk=question).revealed_by == second


@pytest.mark.django_db
def test_a_merge_names_its_target_by_key_too():
    """After a restore, the number of the target may be another question's."""
    session = make_session()
    one, two, three = ask(session), ask(session), ask(session)
    key = Question.objects.get(pk=one).key
    merge = {"q": two, "into": three, "into_key": key}
    assert code(session, session.host, "mod.merge", **merge) == "unknown_question"
    assert Question.objects.get(pk=two).state == "visible"
    do(session, session.host, "mod.merge", **merge | {"into": one})
    assert Question.objects.get(pk=two).merged_into_id == one
