"""Many at once, in threads of their own; on SQLite in a process of its own."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from django.db import connection

from tests import template

ROOT = Path(__file__).parents[1]
IN_A_PROCESS = """
import django; django.setup()
import importlib, json, sys
print(json.dumps(getattr(importlib.import_module(sys.argv[1]), sys.argv[2])()))
"""


def at_once(jobs: list[Callable]) -> list:
    """Run all `jobs` together; what each gave, or the error that it raised, in their order.

    Nothing waits for ever: a job that hangs ends the test instead of the whole run.
    """
    barrier = threading.Barrier(len(jobs))
    results: list = [None] * len(jobs)

    def run(number: int, job: Callable) -> None:
        try:
            barrier.wait(timeout=20)
            results[number] = job()
        except Exception as error:  # noqa: BLE001 (the test decides which errors are right)
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "a job hangs"
    return results


def errors(results: list) -> list[Exception]:
    return [result for result in results if isinstance(result, Exception)]


def in_a_process(race: Callable[[], dict], folder: Path) -> dict:
    """What `race` gives on a database in a file in `folder`, as the product runs SQLite.

    The tests' own database is in memory and has one connection.
    """
    template.give_to(folder)
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS, race.__module__, race.__name__],
        cwd=ROOT,
        env={
            "DEMO": "1",
            "ICT_COMMONS_HOME": str(folder),
            "DJANGO_SETTINGS_MODULE": "lms.settings",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)
