import uuid
from datetime import timedelta

import pytest
import time_machine

from assessments.models import Attempt
from assessments.services import start_attempt
from lms.models import Heartbeat
from lms.worker import jobs, run_due
from tests.factories.assessments import quiz_with_bank
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db


# The task runner closes its connections, as it would in a process of its own.
def test_one_round_closes_an_attempt_whose_time_is_over_and_beats_for_every_job(transactional_db):
    attempt = start_attempt(quiz_with_bank(), person=PersonFactory(), cid=uuid.uuid4())
    schedule = jobs()
    with time_machine.travel(attempt.closes_at() + timedelta(seconds=1), tick=False):
        run_due(schedule, now=0.0)
    attempt.refresh_from_db()
    assert attempt.state == Attempt.State.FINISHED
    assert {beat.name for beat in Heartbeat.objects.all()} == {job.name for job in schedule}


def test_a_job_waits_until_it_is_due_again():
    schedule = [job for job in jobs() if job.name == "overdue attempts"]
    run_due(schedule, now=0.0)
    Heartbeat.objects.all().delete()
    run_due(schedule, now=29.0)
    assert not Heartbeat.objects.exists()
    run_due(schedule, now=30.0)
    assert Heartbeat.objects.exists()
