"""Programs that read what comes from outside run in a process of their own.

A reader of PDF or of a text document is large, and its input may be hostile. So it gets
neither the site's settings nor its memory or database, runs under limits of the operating
system, and says what it found as one JSON document a line. Whoever started it may kill it
at any line. A module that is run so calls `confine()` first and `say()` for each finding.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

MEMORY = 1 << 30  # bytes of address space
CPU_SECONDS = 120
ROOT = Path(__file__).parent.parent


def confine() -> None:
    """Take the limits; for the child, before it opens anything."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


def say(found: dict) -> None:
    """Tell the parent one finding; for the child."""
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def command(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def findings(
    module: str, *arguments: str, seconds: float
) -> Iterator[tuple[dict, subprocess.Popen]]:
    """What `module` says, with the process that says it, until it ends or `seconds` are over.

    A child that is killed while it speaks has said nothing in that line.
    """
    with subprocess.Popen(  # noqa: S603 (our own module, paths of our own)
        command(module, *arguments), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        alarm = Timer(seconds, child.kill)
        alarm.start()
        try:
            for line in child.stdout or ():
                if not line.endswith(b"\n"):
                    break
                yield json.loads(line), child
        finally:
            alarm.cancel()
            child.kill()
