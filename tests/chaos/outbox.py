"""The processes of the outbox's kill test: mails are written by one and handed over by others.

`python -m tests.chaos.outbox worker` hands over what is due, again and again, and says nothing:
its end is a kill. It asks for no other job of the worker, so that every kill meets the outbox.
"""

import os
import sys
from datetime import timedelta

import django

LEASE = timedelta(milliseconds=300)  # the test has no five minutes for each kill


def work() -> None:
    from notifications import outbox  # noqa: PLC0415 (after django.setup)

    outbox.LEASE = LEASE
    outbox.PAUSES = [timedelta(milliseconds=50)] * 40
    while True:
        outbox.deliver()


def main() -> None:
    """Import once, then fork a worker at each line of the input: a start costs a fork."""
    import signal  # noqa: PLC0415

    running = 0
    for line in sys.stdin:
        if line.startswith("start"):
            running = os.fork()
            if not running:
                try:
                    work()
                finally:
                    os._exit(1)
        elif running:
            os.kill(running, signal.SIGKILL)
            os.waitpid(running, 0)
            running = 0
        sys.stdout.write("done\n")
        sys.stdout.flush()
    if running:
        os.kill(running, signal.SIGKILL)
        os.waitpid(running, 0)


if __name__ == "__main__":
    django.setup()
    main()
