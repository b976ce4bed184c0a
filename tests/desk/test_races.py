"""What holds when many do it at once; on PostgreSQL with real threads."""

import pytest
from django.db import connection

from desk import services
from desk.models import Request
from tests.factories.desk import filed
from tests.factories.forums import serving
from tests.factories.people import professional
from tests.races import at_once, errors

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.usefixtures("django_db_serialized_rollback", "transactional_db"),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
]


def test_of_fifty_who_claim_at_once_one_wins_and_the_others_hear_who():
    asked = filed()
    experts = [serving(asked.pool) for _ in range(50)]
    results = at_once([lambda who=who: services.claim(asked, by=who) for who in experts])
    asked.refresh_from_db()
    winners = [result for result in results if isinstance(result, Request)]
    assert [winner.claimed_by for winner in winners] == [asked.claimed_by]
    assert [error.by for error in errors(results)] == [asked.claimed_by] * 49
    assert asked.transitions.filter(verb="claim").count() == 1


def test_one_receipt_for_a_request_sent_eight_times_at_once():
    asked = filed(requester=professional())
    again = {"title": "Another", "body": "Text", "cid": asked.pool.translation_key}
    results = at_once(
        [lambda: services.file_request(requester=asked.requester, pool=asked.pool, **again)] * 8
    )
    assert len({result.pk for result in results}) == 1
    assert Request.objects.count() == 2


def test_withdrawn_and_claimed_at_once_is_one_of_both():
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
