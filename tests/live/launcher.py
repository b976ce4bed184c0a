"""Imports the product once, then forks its processes: a start costs a fork and no imports.

Reads one command a line, "start web", "end web" or "kill worker", and answers with a line when
it is done. Its end, and the end of whoever started it, is the end of all that it forked.
"""

import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module

from django.core.management import call_command
from django.urls import get_resolver

import lms.asgi  # noqa: F401 (sets Django up, and is what most servers here serve)
from lms.management.commands.serve import run_web
from lms.management.commands.worker import Command as Worker


def fork(work: Callable[[], object]) -> int:
    child = os.fork()
    if child:
        return child
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # the commands are not for the child
    os.dup2(2, 1)
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)


def kill(process: int) -> None:
    """As a power cut would: no handler runs."""
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def end(process: int) -> None:
    """As whoever brings a new version does: the process is told, and waited for."""
    os.kill(process, signal.SIGTERM)
    os.waitpid(process, 0)


def main(port: int, application: str) -> None:
    import_module(application.partition(":")[0])
    get_resolver().url_patterns  # noqa: B018 (imports every room's views)
    works = {
        "web": lambda: run_web(port, application),
        "worker": lambda: call_command(Worker()),
    }
    running: dict[str, int] = {}
    for line in sys.stdin:
        verb, name = line.split()
        if verb == "start":
            running[name] = fork(works[name])
        elif name in running:
            {"kill": kill, "end": end}[verb](running.pop(name))
        sys.stdout.write("done\n")
        sys.stdout.flush()
    for process in running.values():
        kill(process)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
