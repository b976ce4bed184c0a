"""A virus scanner, where one is set, looks at every file before anybody gets it.

What waits is the row itself (`scan`), so a killed worker takes it up again. The scanner runs
beside the worker's other jobs, one file at a time. As clamscan and clamdscan have it, it ends
with 0 for a clean file and with 1 for another; whatever else it says, the file goes on waiting.
"""

import logging
import subprocess
from dataclasses import dataclass
from time import monotonic

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from events.audiences import KEEPERS_TOKEN
from events.handing_in import take_in
from events.models import Material, Paper
from notifications.services import URGENT, notify
from people.audiences import people_in
from people.models import Audience, User

logger = logging.getLogger(__name__)
CLEAN, INFECTED = 0, 1
LONGEST = 1800.0  # seconds that one file may take
PAUSE = 60.0  # seconds before a file of which the scanner said nothing is looked at again


@dataclass
class Running:
    """A file that the scanner looks at."""

    row: Material | Paper
    process: subprocess.Popen
    since: float


_running: Running | None = None
_quiet_until = 0.0


def turn() -> int:
    """Look after the scanner, or let it begin with the next file; how many were judged or begun."""
    global _running, _quiet_until
    if _running:
        if _running.process.poll() is None and monotonic() - _running.since < LONGEST:
            return 0
        _running.process.kill()
        code, row, _running = _running.process.wait(), _running.row, None
        if code not in (CLEAN, INFECTED):
            logger.error("The virus scanner ended with %d for %s", code, row.file.name)
            _quiet_until = monotonic() + PAUSE
            return 0
        judge(row, infected=code == INFECTED)
        return 1
    waiting = _next()
    if waiting is None or monotonic() < _quiet_until:
        return 0
    _running = _begin(waiting)
    return int(_running is not None)


def _next() -> Material | Paper | None:
    waiting = Material.objects.filter(scan=Material.Scan.WAITING).order_by("pk").first()
    return waiting or Paper.objects.filter(scan=Paper.Scan.WAITING).order_by("pk").first()


def _begin(row: Material | Paper) -> Running | None:
    global _quiet_until
    if not settings.SCAN_COMMAND:  # it was unset while files waited
        judge(row, infected=False)
        return None
    try:
        process = subprocess.Popen(  # noqa: S603 (the command of the settings, a path of our own)
            [*settings.SCAN_COMMAND, row.file.path],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        logger.exception("The virus scanner cannot be started")
        _quiet_until = monotonic() + PAUSE
        return None
    return Running(row, process, monotonic())


@transaction.atomic
def judge(row: Material | Paper, *, infected: bool) -> None:
    """Let a clean file go on, or keep it away and tell who handed it in and who keeps it."""
    row = type(row).objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.scan != row.Scan.WAITING:
        return
    row.scan = row.Scan.INFECTED if infected else row.Scan.NONE
    row.save(update_fields=["scan"])
    if isinstance(row, Material):
        take_in(row)
    if infected:
        _tell(row)


def _tell(row: Material | Paper) -> None:
    keepers = list(people_in(Audience.objects.of(KEEPERS_TOKEN)))
    brought = [row.by] if row.by else _speakers(row)
    notify(
        {*keepers, *brought},
        event=f"scan:{row._meta.model_name}:{row.pk}",
        title=_("A file was kept away: %(title)s") % {"title": row.title},
        reason=_("The virus scanner found something in it. Nobody gets this file."),
        url=row.get_absolute_url(),
        urgency=URGENT,
    )


def _speakers(row: Material | Paper) -> list[User]:
    """Of what came by a private link: those who hear of it in the place of its guest."""
    return list(row.talk.speakers.filter(is_active=True)) if isinstance(row, Material) else []
