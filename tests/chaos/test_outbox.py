"""The worker is killed again and again while it hands mail to a real mail server.

OUTBOX_KILLS says how often: five times here, two hundred times before a release.
"""

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Condition

import pytest
from django.test import override_settings

from notifications.models import Channel, Mail, MailAttempt, Notice
from notifications.services import URGENT, notify
from tests.factories.people import PersonFactory
from tests.live.server import ROOT, Server
from tests.notifications.smtp import Postbox, postbox

KILLS = int(os.environ.get("OUTBOX_KILLS", "5"))
MAILS_A_KILL = 6
STAGES = ("any", "any", "rcpt", "text", "taken")
pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300 + 10 * KILLS)]
PATIENCE = 600  # seconds for a worker that should get further
State = Mail.State


class SlowPostbox(Postbox):
    """Refuses one in ten for now, takes its time, and says how far a mail came."""

    def __init__(self, choose: random.Random) -> None:
        super().__init__()
        self.choose, self.steps, self.changed = choose, Counter(), Condition()

    def note(self, stage: str) -> None:
        with self.changed:
            self.steps[stage] += 1
            self.changed.notify_all()

    def wait_for(self, stage: str) -> None:
        """Until the next mail comes to that stage."""
        with self.changed:
            before = self.steps[stage]
            assert self.changed.wait_for(lambda: self.steps[stage] > before, PATIENCE)

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.note("rcpt")
        if self.choose.random() < 0.1:
            return "451 4.3.0 later"
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server, session, envelope):
        self.note("text")
        await asyncio.sleep(0.02)
        answer = await super().handle_DATA(server, session, envelope)
        self.note("taken")
        await asyncio.sleep(0.01)
        return answer


@contextmanager
def launcher(server: Server):
    """A function that tells the process of tests/chaos/outbox.py what to do."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.outbox"],
        cwd=ROOT,
        env=server.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def tell(command: str) -> None:
            print(command, file=process.stdin, flush=True)
            assert process.stdout.readline() == "done\n"

        yield tell
        process.stdin.close()


def wait_until_nothing_waits(database: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with closing(sqlite3.connect(database)) as file:
            query = "SELECT count(*) FROM notifications_mail WHERE state IN ('waiting', 'handed')"
            if not file.execute(query).fetchone()[0]:
                return
        time.sleep(0.05)
    raise TimeoutError("The outbox does not get empty.")


def test_each_mail_is_tried_and_taken_at_most_once(transactional_db, tmp_path):
    choose = random.Random()  # the moments are random in any case
    people = [PersonFactory() for _number in range(MAILS_A_KILL)]
    for person in people:
        person.email = f"{person.employee_id.lower()}@agency.example.org"
        person.save()
    with override_settings(MAIL_DOMAIN="mail.example.org"):
        for number in range(KILLS):
            notify(people, event=f"t:{number}", title="It", reason="", url="/", urgency=URGENT)
    server = Server(tmp_path)
    server.take_database()
    with postbox(SlowPostbox(choose)) as (box, port):
        server.environment |= {
            "EMAIL_URL": f"smtp://127.0.0.1:{port}",
            "MAIL_DOMAIN": "mail.example.org",
            "LOG_LEVEL": "ERROR",
        }
        with launcher(server) as tell:
            for _kill in range(KILLS):
                tell("start")
                stage = choose.choice(STAGES)
                if stage == "any":
                    time.sleep(choose.uniform(0, 0.15))
                else:
                    box.wait_for(stage)
                tell("kill")
            tell("start")
            wait_until_nothing_waits(server.database)
    server.bring_database_back()
    taken = Counter(mail["Message-ID"] for mail in box.mails)
    check(taken, number=KILLS * MAILS_A_KILL)


def check(taken: Counter, *, number: int) -> None:
    """Every notice once; every mail tried, and taken once or, if it was cut off, perhaps."""
    channels = Counter(Notice.objects.values_list("channel", flat=True))
    assert channels == {Channel.APP: number, Channel.MAIL: number}
    states = dict(Mail.objects.values_list("message_id", "state"))
    assert len(states) == number
    assert set(MailAttempt.objects.values_list("mail", flat=True)) == set(
        Mail.objects.values_list("pk", flat=True)
    )
    assert set(states.values()) <= {State.SENT, State.UNKNOWN}
    assert set(taken.values()) == {1}
    sent = {message_id for message_id, state in states.items() if state == State.SENT}
    assert sent <= set(taken)
    assert set(taken) <= set(states)
    cut_off = Counter(states.values())[State.UNKNOWN]
    assert cut_off <= KILLS
    assert MailAttempt.objects.filter(ended__isnull=True).count() <= KILLS
    sys.stderr.write(f"{KILLS} kills, {number} mails, {cut_off} cut off under way\n")
