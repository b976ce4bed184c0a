"""An exam survives what happens in a gewog: power, line and server are cut while it is sat.

Six cuts by default; `EXAM_KILLS=50` is the run of the record (docs/guides/exams.md).
"""

import os
import random
import sys
from collections import Counter

import pytest
from playwright.sync_api import sync_playwright

from tests.chaos.exam import INTERVAL, SEED, Browser, Line, Sitting, bank, outcome, plan, summary
from tests.live.server import Server
from tests.template import give_to

pytestmark = [pytest.mark.chaos, pytest.mark.browser]
KILLS = int(os.environ.get("EXAM_KILLS", "6"))
CHAOS_SEED = int(os.environ.get("EXAM_SEED", "2026"))


def test_nothing_is_lost_nothing_doubled_and_the_time_is_given_back(tmp_path):
    server = Server(tmp_path)
    give_to(server.home)
    calm, cut = server.told(SEED, bank(), str(INTERVAL))
    line = Line(server)
    chance = random.Random(CHAOS_SEED)
    steps = plan(chance)
    kills = [("browser", "server", "line")[number % 3] for number in range(KILLS)]
    chance.shuffle(kills)
    server.start()
    browsers = []
    try:
        with sync_playwright() as playwright:
            results = []
            for name, sitting, struck in (("calm", calm, []), ("cut", cut, kills)):
                browser = Browser(playwright, tmp_path / name)
                browsers.append(browser)
                way = Sitting(server, line, browser, **sitting, chance=chance)
                way.sit(steps, struck)
                browser.kill()
                results.append((way, outcome(server, sitting["attempt"])))
    finally:
        for browser in browsers:
            browser.kill()
        line.close()
        server.stop()
    (_calm, undisturbed), (way, result) = results
    print(summary(way, result), file=sys.stderr)  # noqa: T201 (the record)
    assert sorted(what for what, _seconds in way.cuts) == sorted(kills)
    assert way.lost == []
    assert len(result["answers"]) == 40
    assert result["answers"] == undisturbed["answers"]
    assert (result["state"], result["percent"]) == ("finished", undisturbed["percent"])
    assert undisturbed["percent"] == "80.00"
    sequences = Counter((slot, seq) for slot, seq, _answer in result["rows"])
    assert max(sequences.values()) == 1
    assert len(result["rows"]) <= way.given  # what was sent twice was kept once
    seconds = sum(seconds for _what, seconds in way.cuts)
    assert abs(result["granted"] - seconds) < 10, way.cuts
