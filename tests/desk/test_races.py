"""What holds when many do it at once, with real threads."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import connection

from desk import merging, services, sharing
from desk.escalation import escalate
from desk.models import Request
from forums.models import Topic
from people.calendar import THIMPHU
from tests.factories.advisories import advisory, say
from tests.factories.desk import delivered, filed
from tests.factories.forums import pool, serving
from tests.factories.people import professional
from tests.races import at_once, errors, in_a_process


def claim_race() -> dict:
    """Fifty experts of a pool claim one request at once; what is in the database then."""
    asked = filed()
    experts = [serving(asked.pool) for _ in range(50)]
    results = at_once([lambda who=who: services.claim(asked, by=who) for who in experts])
    asked.refresh_from_db()
    winners = [result.claimed_by_id for result in results if isinstance(result, Request)]
    return {
        "winner has it": winners == [asked.claimed_by_id],
        "others hear who": [getattr(row, "by", row) for row in errors(results)]
        == [asked.claimed_by] * 49,
        "claims": asked.transitions.filter(verb="claim").count(),
        "state": asked.state,
    }


def answer_race() -> dict:
    """Two officers of an agency send twenty-five answers each at once, each twice."""
    agency = professional().open_posting.organisation
    people = [professional(organisation=agency) for _ in range(2)]
    row = advisory(agency)
    cids = [(person, uuid.uuid4()) for person in people for _ in range(13)]
    jobs = [lambda who=who, cid=cid: say(who, row, "done", cid=cid) for who, cid in cids] * 2
    failed = errors(at_once(jobs))
    return {
        "errors": [repr(error) for error in failed],
        "answers": row.addressees.get().answers.count(),
        "waiting": row.addressees.unsettled().count(),
    }


CLAIMED = {"winner has it": True, "others hear who": True, "claims": 1, "state": "claimed"}
ANSWERED = {"errors": [], "answers": 26, "waiting": 0}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="needs SQLite")
@pytest.mark.parametrize(("race", "outcome"), [(claim_race, CLAIMED), (answer_race, ANSWERED)])
def test_on_sqlite(race, outcome, django_db_setup, tmp_path):
    assert in_a_process(race, tmp_path) == outcome


@pytest.mark.postgresql
@pytest.mark.usefixtures("django_db_serialized_rollback", "transactional_db")
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
class TestOnPostgresql:
    @pytest.mark.parametrize(("race", "outcome"), [(claim_race, CLAIMED), (answer_race, ANSWERED)])
    def test_of_many_at_once(self, race, outcome):
        assert race() == outcome

    def test_one_receipt_for_a_request_sent_eight_times_at_once(self):
        asked = filed(requester=professional())
        again = {"title": "Another", "body": "Text", "cid": asked.pool.translation_key}
        results = at_once(
            [lambda: services.file_request(requester=asked.requester, pool=asked.pool, **again)] * 8
        )
        assert len({result.pk for result in results}) == 1
        assert Request.objects.count() == 2

    def test_withdrawn_and_claimed_at_once_is_one_of_both(self):
        asked = filed()
        expert = serving(asked.pool)
        results = at_once(
            [
                lambda: services.claim(asked, by=expert),
                lambda: services.move(asked, "withdraw", by=asked.requester),
            ]
        )
        assert {type(error) for error in errors(results)} <= {services.IllegalMoveError}
        steps = list(asked.transitions.values_list("verb", flat=True))
        assert steps in (["file", "withdraw"], ["file", "claim", "withdraw"])

    def test_eight_workers_at_once_fire_each_rung_once(self):
        monday = datetime(2026, 6, 1, 9, tzinfo=THIMPHU)
        asked = filed(at=monday)
        experts = [serving(asked.pool) for _ in range(3)]
        now = monday + timedelta(hours=5)
        results = at_once([lambda: escalate(now)] * 8)
        assert errors(results) == []
        assert sum(results) == asked.escalations.count() == 1
        assert [expert.notices.filter(title__startswith="Late").count() for expert in experts] == [
            1
        ] * 3

    def test_two_requests_merged_into_each_other_at_once_leave_one(self):
        net = pool()
        lead, one, other = serving(net, "lead"), filed(net), filed(net)
        results = at_once(
            [
                lambda: merging.merge(one, into=other, by=lead),
                lambda: merging.merge(other, into=one, by=lead),
            ]
        )
        assert {type(error) for error in errors(results)} == {merging.MergeError}
        assert Request.objects.filter(state="merged").count() == 1

    def test_one_answer_is_published_by_eight_approvals_at_once(self):
        asked = delivered()
        shared = sharing.draft(asked, by=asked.requester)
        text = {"title": "A question of all", "question": "How?", "answer": "So."}
        results = at_once([lambda: sharing.approve(shared, by=asked.requester, **text)] * 8)
        assert errors(results) == []
        assert Topic.objects.count() == 1
