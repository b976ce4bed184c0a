"""The background jobs of the whole site: what runs, how often, one after the other.

Every job is safe to repeat and to kill at any line: what must not be lost is a row
that the job takes up again. The worker process ends when a job fails in a way that
nobody foresaw, and whoever started it starts it again.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import OperationalError, close_old_connections
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker as TaskRunner
from django_tasks_db.models import DBTaskResult

from assessments.services import finish_overdue
from certification.cycles import run_cycles
from certification.refreshers import run_refreshers
from certification.services import consider_everyone
from certification.status_lists import keep_bundle
from desk.advisories.telling import keep_advisories
from desk.dues import renew_all
from desk.upkeep import keep_requests
from events.bundles import make_bundles
from events.handing_in import open_those_due
from events.reminding import remind_speakers
from events.reviewing import remind as review_slides
from events.scanning import turn as scan
from events.transcoding import turn as make_tiers
from events.uploads import clean as clean_uploads
from events.usb.services import make_wanted
from forums.reminding import remind
from live.announcing import remind_due
from lms.models import Heartbeat
from notifications.digest import run_digests
from notifications.fetching import fetch
from notifications.opening import drop_unopened
from notifications.outbox import deliver as deliver_mail
from people.services import keep_holidays_filled
from search.index import rebuild_vocabulary
from search.outbox import deliver

logger = logging.getLogger(__name__)
TASK_LEASE = timedelta(minutes=15)


@dataclass
class Job:
    name: str
    every: float  # seconds
    run: Callable[[], object]
    due: float = 0.0  # on the monotonic clock


def run_tasks() -> None:
    """Run the queued tasks of Wagtail and the rooms, then return."""
    TaskRunner(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="commons",
        excluded_queue_names=[],
    ).run()


def take_up_killed_tasks() -> int:
    """Queue again what a killed worker left running; the number taken up."""
    running = DBTaskResult.objects.filter(status="RUNNING")
    return running.filter(started_at__lt=timezone.now() - TASK_LEASE).update(
        status="READY", started_at=None
    )


def jobs() -> list[Job]:
    return [
        Job("tasks", 2, run_tasks),
        Job("killed tasks", 300, take_up_killed_tasks),
        Job("search outbox", 1, deliver),
        Job("mail", 2, deliver_mail),
        Job("mail in", 60, fetch),
        Job("mail nobody opened", 3600, drop_unopened),
        Job("weekly mail", 600, run_digests),
        Job("overdue attempts", 30, finish_overdue),
        Job("live reminders", 60, remind_due),
        Job("search words", 3600, rebuild_vocabulary),
        Job("holidays", 86_400, keep_holidays_filled),
        Job("request clocks", 300, renew_all),
        Job("requests", 60, keep_requests),
        Job("topics", 600, remind),
        Job("uploads", 300, clean_uploads),
        Job("advisories", 300, keep_advisories),
        Job("embargoes", 60, open_those_due),
        Job("ZIP files", 30, make_bundles),
        Job("USB editions", 60, make_wanted),
        Job("virus scans", 2, scan),
        Job("slides to look at", 3600, review_slides),
        Job("slides to come", 900, remind_speakers),
        Job("recordings", 5, make_tiers),
        Job("certificate cycles", 900, run_cycles),
        Job("refreshers overdue", 3600, run_refreshers),
        Job("certificates earned", 3600, consider_everyone),
        Job("offline check", 60, keep_bundle),
    ]


def run_due(schedule: list[Job], now: float) -> None:
    """Run each job that is due and note that it ended well."""
    for job in schedule:
        if job.due > now:
            continue
        job.due = now + job.every
        try:
            job.run()
            Heartbeat.objects.update_or_create(name=job.name, defaults={"at": timezone.now()})
        except OperationalError:  # the database is away or busy: the next round takes it up
            logger.warning("Job %s met a database that did not answer", job.name, exc_info=True)


def run_forever(should_stop: Callable[[], bool]) -> None:
    schedule = jobs()
    while not should_stop():
        close_old_connections()
        run_due(schedule, time.monotonic())
        time.sleep(0.5)
