"""Imports the product once, then forks its processes: a start costs a fork and no imports.

Reads one command a line, "start web", "end web" or "kill worker", and answers with a line when
it is done. `run {"script": …, "arguments": […], "output": path}` runs Python to its end; the
answer is "failed" where it raised. Its end, and the end of whoever started it, is the end of all
that it forked.
"""

import json
import os
import signal
import sys
import traceback
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


def run(script: str, arguments: list[str], output: str) -> bool:
    """Run a script as a process of its own; whether it came to its end. It prints to a file."""

    def work() -> None:
        with open(output, "wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        sys.argv = ["-c", *arguments]
        try:
            exec(compile(script, "<script>", "exec"), {"__name__": "__main__"})  # noqa: S102
        except BaseException:
            traceback.print_exc()  # whoever asked reads it
            raise
        finally:
            sys.stdout.flush()
            sys.stderr.flush()

    return os.waitpid(fork(work), 0)[1] == 0


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
        verb, _space, name = line.strip().partition(" ")
        said = "done"
        if verb == "run":
            said = "done" if run(**json.loads(name)) else "failed"
        elif verb == "start":
            running[name] = fork(works[name])
        elif name in running:
            {"kill": kill, "end": end}[verb](running.pop(name))
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()
    for process in running.values():
        kill(process)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
