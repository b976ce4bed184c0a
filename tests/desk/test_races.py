"""What holds when many do it at once; on PostgreSQL with real threads."""

import threading

import pytest
from django.db import connection

from desk import services
from desk.models import Request
from tests.factories.desk import filed
from tests.factories.forums import serving
from tests.factories.people import professional

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.usefixtures("django_db_serialized_rollback", "transactional_db"),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
]


def at_once(calls):
    """Run all of `calls` together; what each gave or raised, in their order."""
    barrier = threading.Barrier(len(calls))
    results: list = [None] * len(calls)

    def run(number, call):
        barrier.wait()
        try:
            results[number] = call()
        except (services.AlreadyClaimedError, services.IllegalMoveError) as error:
            results[number] = error
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(number, call)) for number, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_fifty_who_claim_at_once_one_wins_and_the_others_hear_who():
    asked = filed()
    experts = [serving(asked.pool) for _ in range(50)]
    results = at_once([lambda who=who: services.claim(asked, by=who) for who in experts])
    asked.refresh_from_db()
    winners = [result for result in results if isinstance(result, Request)]
    assert [winner.claimed_by for winner in winners] == [asked.claimed_by]
    assert [error.by for error in results if isinstance(error, services.AlreadyClaimedError)] == [
        asked.claimed_by
    ] * 49
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
    at_once(
        [
            lambda: services.claim(asked, by=expert),
            lambda: services.move(asked, "withdraw", by=asked.requester),
        ]
    )
    steps = list(asked.transitions.values_list("verb", flat=True))
    assert steps in (["file", "withdraw"], ["file", "claim", "withdraw"])
