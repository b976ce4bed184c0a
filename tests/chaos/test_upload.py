"""A file arrives whole over a line that is cut and into a server that is killed.

8 MB, three cuts and a kill by default. The run of the record is `UPLOAD_MB=200 UPLOAD_MB_S=1.5`,
over a line of that many megabytes a second which is cut every 30 seconds, too.
"""

import hashlib
import os
import sys
import time

import pytest
import requests

from events.bringing import make_link
from events.models import Material, Upload
from lms.worker import run_tasks
from tests.chaos.exam import Line
from tests.factories.events import TalkFactory, large_pdf
from tests.factories.people import professional, registrar
from tests.live.server import Server
from tests.tus import Sender

pytestmark = pytest.mark.chaos
SIZE = int(os.environ.get("UPLOAD_MB", "8")) * 2**20
RATE = float(os.environ.get("UPLOAD_MB_S", "0")) * 2**20  # bytes a second; 0: as fast as it goes
EVERY = 30.0  # seconds from cut to cut, where the line has a rate
PIECE = 64 * 1024


def test_a_file_arrives_whole_through_cuts_and_a_kill(transactional_db, tmp_path, settings):
    talk = TalkFactory(speakers=[professional()])
    link = make_link(talk, speaker=None, by=registrar(), cid=talk.guid)
    content = large_pdf(SIZE)
    server = Server(tmp_path)
    server.take_database()
    line = Line(server)
    struck = []
    due = [("cut", SIZE // 5), ("kill", 2 * SIZE // 5), ("cut", SIZE // 2), ("cut", 4 * SIZE // 5)]

    def strike(sent: int) -> None:
        nonlocal last_cut
        if RATE:
            time.sleep(PIECE / RATE)
        if RATE and time.monotonic() - last_cut > EVERY:
            last_cut, what = time.monotonic(), "cut"
        elif due and sent >= due[0][1]:
            what, _at = due.pop(0)
        else:
            return
        struck.append((what, sent, round(time.monotonic() - began, 1)))
        if what == "kill":
            server.kill()
            server.start()
        else:
            line.cut()
            line.mend()

    began = last_cut = time.monotonic()
    try:
        server.start()
        base = f"http://127.0.0.1:{line.port}"
        sender = Sender(f"{base}{link.get_absolute_url()}uploads/", content)
        address = sender.send(strike, PIECE)
        page = requests.get(address, timeout=30)
    finally:
        line.close()
        server.stop()
    seconds = time.monotonic() - began
    record = f"{SIZE // 2**20} MB, {struck}, went on at {sender.offsets}, {seconds:.1f} s"
    print(record, file=sys.stderr)  # noqa: T201
    assert sum(what == "kill" for what, *_where in struck) == 1
    assert sum(what == "cut" for what, *_where in struck) >= 3
    assert len(sender.offsets) >= len(struck)
    assert sorted(sender.offsets) == sender.offsets
    assert sender.offsets[-1] > SIZE // 8  # what was written through is not sent again
    assert page.status_code == 200

    server.bring_database_back()
    settings.HOME = server.home
    upload = Upload.objects.get()
    assert upload.path.stat().st_size == SIZE
    run_tasks()
    material = Material.objects.get(resource__talk=talk)
    assert material.sha256 == hashlib.sha256(content).hexdigest()
    with material.file.open() as kept:
        assert hashlib.sha256(kept.read()).hexdigest() == material.sha256
    assert (material.link, material.number, material.pages_expected) == (link, 1, 1)
    assert not upload.path.exists()
