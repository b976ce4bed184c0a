"""Forks a worker that hands mail over and does nothing else, and kills it, as the test says.

Imports the product once: a start costs a fork. One command a line: "start" or "kill".
"""

import os
import signal
import sys
from datetime import timedelta

import django

django.setup()

from django.urls import get_resolver  # noqa: E402 (after the setup)

from notifications import outbox  # noqa: E402 (it reads models)

get_resolver().url_patterns  # noqa: B018 (imports every room's views, once for all workers)

outbox.LEASE = timedelta(milliseconds=300)  # nobody waits five minutes after each kill
outbox.PAUSES = [timedelta(milliseconds=50)] * 40


def start() -> int:
    worker = os.fork()
    if worker:
        return worker
    try:
        while True:
            outbox.deliver()
    finally:
        os._exit(1)


def kill(worker: int) -> None:
    """As a power cut would: no handler runs."""
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)


def main() -> None:
    worker = 0
    for line in sys.stdin:
        if line == "start\n":
            worker = start()
        else:
            kill(worker)
            worker = 0
        sys.stdout.write("done\n")
        sys.stdout.flush()
    if worker:
        kill(worker)


if __name__ == "__main__":
    main()
