"""Pages of the size that a large service has, as a ratio to an empty Django view.

The real server in a process of its own on loopback, SQLite, one client, one request after the
other; the empty view is asked in turn with every page, so that both meet the same machine.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import requests

from tests.crawl import kilobytes
from tests.live.server import ROOT, Server

EMPTY = "/bench/empty/"
WARM_UP, ROUNDS = 5, 60
# Page -> how many times the empty view's p50 it may take at the most; None: only measured.
TARGETS: dict[str, int | None] = {
    "topic_200": 15,
    "topic_20": 6,
    "course_30_units": 6,
    "directory_350": 6,
    "my_page": 6,
    "my_competencies": 6,
    "pool": 6,
    "topic_list": 6,
    "request_board": 6,
    "search": 10,
    "search_typo": 10,
    "search_common": None,  # a word that stands in nearly every document: the worst case
}


def run() -> dict:
    """p50 and p95 in milliseconds, queries and kilobytes of each page; its ratio and target."""
    with tempfile.TemporaryDirectory() as home:
        server = Server(Path(home))
        server.environment["DJANGO_SETTINGS_MODULE"] = "bench.settings"
        made = _data(server)
        server.start()
        try:
            return {
                name: _measure(server, made["cookies"][name], address, TARGETS[name])
                for name, address in made["addresses"].items()
            }
        finally:
            server.stop()


def _data(server: Server) -> dict:
    print("Making the data: about a minute", file=sys.stderr)
    done = subprocess.run(
        [sys.executable, "manage.py", "bench_data"],
        cwd=ROOT,
        env=server.environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def _measure(server: Server, cookie: str, address: str, target: int | None) -> dict:
    print(f"  {address}", file=sys.stderr)
    browser = requests.Session()
    browser.cookies.set("sessionid", cookie)
    browser.headers["Accept-Encoding"] = "gzip"
    counted = browser.get(server.base + address, headers={"X-Count": "1"}, timeout=60)
    counted.raise_for_status()
    for _round in range(WARM_UP):
        _time(browser, server.base + address)
        _time(browser, server.base + EMPTY)
    times, empty = [], []
    for _round in range(ROUNDS):
        times.append(_time(browser, server.base + address))
        empty.append(_time(browser, server.base + EMPTY))
    ratio = median(times) / median(empty)
    return {
        "p50_ms": round(median(times), 2),
        "p95_ms": round(quantiles(times, n=20)[-1], 2),
        "empty_p50_ms": round(median(empty), 2),
        "ratio": round(ratio, 2),
        "target": target,
        "target_met": target is None or ratio <= target,
        "queries": int(counted.headers["X-Queries"]),
        "kilobytes": round(kilobytes(counted.content), 1),
    }


def _time(browser: requests.Session, address: str) -> float:
    started = time.perf_counter()
    response = browser.get(address, timeout=60)
    took = (time.perf_counter() - started) * 1000
    if response.status_code != 200 or response.history:
        raise RuntimeError(f"{address} answered {response.status_code}, {response.url}")
    return took
