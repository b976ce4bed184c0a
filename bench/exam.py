"""200 candidates start one exam within a minute: errors, and p95 as a ratio to an empty view.

The real server in a process of its own on loopback, SQLite. Each candidate opens the quiz, starts
and gets the page of the sitting with its forty questions, at a moment of their own; the empty
view is asked all the while, so that both meet the same machine.
"""

import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median, quantiles

import requests

from tests.chaos.exam import bank
from tests.live.server import Server

CANDIDATES = 200
SECONDS = 60
EMPTY = "/bench/empty/"
TARGET = 60  # times the empty view's p95: three requests, forty questions drawn and written
SEED = """
import json, sys
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.db import transaction
from django.test import Client
from assessments.bank import import_questions
from assessments.models import Category, Quiz, QuizDraw
from tests.factories.people import PersonFactory
import_questions(sys.argv[1])
quiz = Quiz.objects.create(slug="exam", title="Exam of forty questions")
QuizDraw.objects.create(quiz=quiz, category=Category.objects.get(slug="exam"), count=40, order=1)
cookies = []
with transaction.atomic():
    for _number in range(int(sys.argv[2])):
        client = Client(); client.force_login(PersonFactory())
        cookies.append(client.cookies["sessionid"].value)
print(json.dumps(cookies))
"""


def run() -> dict:
    """Errors, p50 and p95 in seconds of a whole start, and the ratio to the empty view."""
    with tempfile.TemporaryDirectory() as home:
        server = Server(Path(home))
        server.environment["DJANGO_SETTINGS_MODULE"] = "bench.settings"
        print(f"  {CANDIDATES} candidates in {SECONDS} s", file=sys.stderr)
        cookies = server.told(SEED, bank(), str(CANDIDATES))
        server.start()
        try:
            return _measure(server, cookies)
        finally:
            server.kill()


def _measure(server: Server, cookies: list[str]) -> dict:
    chance = random.Random(5)
    times: list[float] = []
    errors: list[str] = []
    empty: list[float] = []
    over = threading.Event()
    candidates = [
        threading.Thread(
            target=_start, args=(server, cookie, chance.random() * SECONDS, times, errors)
        )
        for cookie in cookies
    ]
    beside = threading.Thread(target=_ask_empty, args=(server, cookies[0], empty, over))
    for thread in (beside, *candidates):
        thread.start()
    for thread in candidates:
        thread.join()
    over.set()
    beside.join()
    p95, empty_p95 = quantiles(times, n=20)[-1], quantiles(empty, n=20)[-1]
    return {
        "candidates": CANDIDATES,
        "seconds": SECONDS,
        "started": len(times),
        "errors": errors[:5],
        "p50_ms": round(median(times), 1),
        "p95_ms": round(p95, 1),
        "empty_p95_ms": round(empty_p95, 1),
        "ratio": round(p95 / empty_p95, 2),
        "target": TARGET,
        "target_met": not errors and p95 / empty_p95 <= TARGET,
    }


def _start(
    server: Server, cookie: str, after: float, times: list[float], errors: list[str]
) -> None:
    """One candidate, from the page of the quiz to the page of the sitting."""
    time.sleep(after)
    quiz = f"{server.base}/quizzes/exam/"
    with requests.Session() as browser:
        browser.cookies.set("sessionid", cookie)
        started = time.perf_counter()
        try:
            page = browser.get(quiz, timeout=60).text
            token, cid = (
                page.split(f'name="{name}" value="')[1].split('"')[0]
                for name in ("csrfmiddlewaretoken", "cid")
            )
            data = {"csrfmiddlewaretoken": token, "cid": cid}
            sitting = browser.post(f"{quiz}start/", data, timeout=60)
            if sitting.text.count('<li class="card" data-slot=') != 40:
                raise ValueError(f"{sitting.status_code} {sitting.url}")
        except (requests.RequestException, ValueError, IndexError) as error:
            errors.append(repr(error))
        else:
            times.append((time.perf_counter() - started) * 1000)


def _ask_empty(server: Server, cookie: str, times: list[float], over: threading.Event) -> None:
    with requests.Session() as browser:
        browser.cookies.set("sessionid", cookie)
        while not over.wait(0.25):
            started = time.perf_counter()
            browser.get(server.base + EMPTY, timeout=60).raise_for_status()
            times.append((time.perf_counter() - started) * 1000)
