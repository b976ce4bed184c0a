"""Hundreds who come back at once are looked up together."""

import asyncio

import pytest

from live import doorway
from live.models import Session
from tests.factories.live import ask, do, make_session
from tests.factories.people import PersonFactory, professional
from tests.live.sockets import in_database


@pytest.mark.django_db
@pytest.mark.parametrize("many", [1, 30])
def test_any_number_of_people_take_the_same_queries(django_assert_num_queries, many):
    session, people = make_session(), [professional() for _ in range(many)]
    question = ask(session)
    for person in people:
        do(session, person, "vote.set", q=question, value=1)
    with django_assert_num_queries(8):
        seats = doorway._seats(session.pk, {person.pk for person in people})
    assert {seat.person for _session, seat in seats.values()} == {person.pk for person in people}
    assert all(seat.voted == {question} for _session, seat in seats.values())


@pytest.mark.django_db
def test_who_is_let_in_is_who_may_know_of_the_session():
    session = make_session(audience="officials")
    official, stranger = professional(), PersonFactory()
    let_in = doorway._seats(session.pk, {official.pk, stranger.pk, session.host_id})
    assert set(let_in) == {official.pk, session.host_id}
    assert let_in[session.host_id][1].is_host
    assert not Session.objects.visible_to(stranger).exists()
    assert doorway._seats(session.pk + 1, {official.pk}) == {}


async def test_those_who_come_while_one_is_looked_up_are_looked_up_once(
    transactional_db, monkeypatch
):
    session, people = await in_database(
        lambda: (make_session(), [professional() for _ in range(20)])
    )()
    asked, look = [], doorway._seats

    def counted(session_id, wanted):
        asked.append(len(wanted))
        return look(session_id, wanted)

    monkeypatch.setattr(doorway, "_seats", counted)
    found = await asyncio.gather(*(doorway.enter(session.pk, person.pk) for person in people))
    assert [seat.person for _session, seat in found] == [person.pk for person in people]
    assert sum(asked) == 20
    assert len(asked) <= 2
