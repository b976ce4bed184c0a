"""A candidate who sits an exam in a real browser, and what can be cut while they do."""

import contextlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, Playwright, expect

from tests.live.server import CHROMIUM, Server, free_port

QUESTIONS = 40
INTERVAL = 1  # seconds between signs of life, so that fifty cuts fit into some minutes
SEED = """
import json, sys, uuid
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import Client
from assessments import services
from assessments.bank import import_questions
from assessments.models import Category, Quiz, QuizDraw
from tests.factories.people import professional
import_questions(sys.argv[1])
quiz = Quiz.objects.create(slug="exam", title="Exam of forty questions", minutes=60,
                           heartbeat_seconds=int(sys.argv[2]), lost_time_cap_minutes=60)
QuizDraw.objects.create(quiz=quiz, category=Category.objects.get(slug="exam"), count=40, order=1)
sittings = []
for _number in range(2):
    person = professional()
    client = Client(); client.force_login(person)
    attempt = services.start_attempt(quiz, person=person, cid=uuid.uuid4())
    sittings.append({"attempt": attempt.pk, "cookie": client.cookies["sessionid"].value})
print(json.dumps(sittings))
"""
OUTCOME = """
import json, sys
from assessments.models import Attempt, Response
from assessments.services import current_answers
attempt = Attempt.objects.get(pk=sys.argv[1])
stems = {slot.pk: slot.question_version.stem for slot in attempt.slots.all()}
rows = Response.objects.filter(slot__attempt=attempt).order_by("slot", "client_seq")
granted = attempt.grants.filter(kind="rule").values_list("seconds", flat=True)
print(json.dumps({
    "state": attempt.state, "percent": str(attempt.score_percent), "granted": sum(granted),
    "grants": list(granted),
    "answers": {stems[pk]: answer for pk, answer in current_answers(attempt).items()},
    "rows": [[row.slot_id, row.client_seq, row.answer] for row in rows],
}))
"""


def bank() -> str:
    """Forty questions of four types; in each the right answer has the question's number."""
    lines = ["$CATEGORY: exam", ""]
    for number in range(1, QUESTIONS + 1):
        stem = f"::q{number:02}:: Question {number:02}. Which is right?"
        keys = {
            0: f"{{={number} right ~{number} wrong ~{number} neither}}",
            1: "{TRUE}",
            2: f"{{={number} typed}}",
            3: f"{{#{number}}}",
        }
        lines += [f"{stem} {keys[number % 4]}", ""]
    return "\n".join(lines)


def answer_to(number: int, *, right: bool) -> str:
    texts = {
        0: (f"{number} right", f"{number} wrong"),
        1: ("True", "False"),
        2: (f"{number} typed", f"{number} mistyped"),
        3: (str(number), str(number + 1)),
    }
    return texts[number % 4][0 if right else 1]


def plan(chance: random.Random) -> list[tuple[int, str]]:
    """What the candidate does, in this order: every question once, a third of them changed
    later, four fifths of the last answers right."""
    final = {n: answer_to(n, right=n % 5 != 0) for n in range(1, QUESTIONS + 1)}
    changed = chance.sample([n for n in final if n % 5], QUESTIONS // 3)
    steps = [(n, answer_to(n, right=False) if n in changed else text) for n, text in final.items()]
    return steps + [(n, final[n]) for n in changed]


class Line:
    """The way from the browser to the server, which can be cut in the middle of an answer."""

    def __init__(self, server: Server):
        self.server, self.up = server, True
        self.port = free_port()
        self.open: set[socket.socket] = set()
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self.up = False
        for one in list(self.open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.up = True

    def close(self) -> None:
        self.cut()
        self.listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _address = self.listener.accept()
                threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError):
            if not self.up:
                return
            with socket.create_connection(("127.0.0.1", self.server.port)) as far:
                self.open |= {near, far}
                back = threading.Thread(target=self._pump, args=(far, near), daemon=True)
                back.start()
                self._pump(near, far)
                back.join()
                self.open -= {near, far}

    @staticmethod
    def _pump(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Browser:
    """Chromium in a process group of its own with a profile on disk: it can be killed as a power
    cut would, and started again on what was left."""

    def __init__(self, playwright: Playwright, profile: Path):
        self.playwright, self.profile = playwright, profile
        self.process: subprocess.Popen | None = None

    def start(self, address: str, cookie: str) -> Page:
        note = self.profile / "DevToolsActivePort"
        note.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [
                *(CHROMIUM, "--headless=new", "--no-sandbox", "--no-first-run", "--disable-gpu"),
                *("--remote-debugging-port=0", f"--user-data-dir={self.profile}", "about:blank"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while not (note.exists() and note.read_text().count("\n")):
            if time.monotonic() > deadline:
                raise TimeoutError("The browser does not start.")
            time.sleep(0.05)
        port = note.read_text().splitlines()[0]
        browser = self.playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
        context = browser.contexts[0]
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.bring_to_front()  # a page in the background gives no signs of life that count
        return page

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@dataclass
class Sitting:
    """One candidate's way through the exam, with the cuts on it."""

    server: Server
    line: Line
    browser: Browser
    attempt: int
    cookie: str
    chance: random.Random
    cuts: list[tuple[str, float]] = field(default_factory=list)  # what, and for how many seconds
    page: Page | None = None
    acknowledged: dict[int, str] = field(default_factory=dict)  # what the page said it kept
    given: int = 0
    lost: list[int] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.line.port}/quizzes/attempts/{self.attempt}/"

    def sit(self, steps: list[tuple[int, str]], kills: list[str]) -> None:
        """Answer all, with `kills` spread over the way, and hand in."""
        self.open()
        moments = sorted(self.chance.randrange(len(steps)) for _kill in kills)
        waiting = list(zip(moments, kills, strict=True))
        for place, (number, text) in enumerate(steps):
            self.answer(number, text)
            while waiting and waiting[0][0] == place:
                self.strike(waiting.pop(0)[1], number, text)
        for number, text in self.acknowledged.items():
            if self.shown(number) != text:
                self.lost.append(number)
        self.page.get_by_role("button", name="Finish and see the result").click()
        self.page.wait_for_url("**/review/", timeout=60_000)

    def open(self) -> float:
        """Start the browser and come back to the sitting; the moment at which it was asked for."""
        self.page = self.browser.start(self.address, self.cookie)
        asked = time.monotonic()
        self.page.goto(self.address)
        expect(self.page.locator("form[data-ready]")).to_be_attached(timeout=30_000)
        return asked

    def card(self, number: int):
        return self.page.locator("li[data-slot]", has_text=f"Question {number:02}.")

    def answer(self, number: int, text: str, *, wait: bool = True) -> None:
        card = self.card(number)
        if number % 4 < 2:
            card.get_by_label(text, exact=True).click()
        else:
            card.get_by_role("textbox").fill(text)
        self.given += 1
        if wait:
            expect(card).to_have_attribute("data-kept", re.compile("device|server"), timeout=20_000)
            self.acknowledged[number] = text

    def shown(self, number: int) -> str:
        card = self.card(number)
        if number % 4 < 2:
            chosen = card.locator("label:has(input:checked)")
            return chosen.inner_text().strip() if chosen.count() else ""
        return card.get_by_role("textbox").input_value()

    def strike(self, what: str, number: int, text: str) -> None:
        """Cut something at any moment of the second after an answer, and bring it back."""
        expect(self.page.locator("form[data-line=up]")).to_be_attached(timeout=30_000)
        if self.chance.random() < 0.5:  # an answer that the page had no time to acknowledge
            self.answer(number, text, wait=False)
        time.sleep(self.chance.random() * INTERVAL)
        before = time.monotonic()
        back = getattr(self, f"cut_{what}")(3 + 2 * self.chance.random())
        self.cuts.append((what, back - before))
        expect(self.page.locator("form[data-line=up]")).to_be_attached(timeout=60_000)
        if self.shown(number) != text:  # not acknowledged, so the candidate looks and repeats
            assert self.acknowledged.get(number) != text, f"question {number} was lost"
            self.answer(number, text)

    # Each cuts for some seconds, brings back, and returns the moment at which it was back.

    def cut_line(self, seconds: float) -> float:
        self.line.cut()
        self._down(seconds)
        self.line.mend()
        return time.monotonic()

    def cut_server(self, seconds: float) -> float:
        self.server.kill()
        self._down(seconds)
        self.server.start()
        return time.monotonic()

    def cut_browser(self, seconds: float) -> float:
        self.browser.kill()
        time.sleep(seconds)
        return self.open()

    def _down(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        expect(self.page.locator("form[data-line=down]")).to_be_attached(timeout=30_000)
        time.sleep(max(0, until - time.monotonic()))


def outcome(server: Server, attempt: int) -> dict:
    return server.told(OUTCOME, str(attempt))


def summary(sitting: Sitting, result: dict) -> str:
    cut = sum(seconds for _what, seconds in sitting.cuts)
    return json.dumps(
        {
            "cuts": len(sitting.cuts),
            "answers given": sitting.given,
            "rows kept": len(result["rows"]),
            "lost": sitting.lost,
            "percent": result["percent"],
            "cut seconds": round(cut, 1),
            "granted seconds": result["granted"],
            "each": [(what, round(seconds, 1)) for what, seconds in sitting.cuts],
            "grants": result["grants"],
        }
    )
