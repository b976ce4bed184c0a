"""Many at once, in threads of their own; for tests on PostgreSQL."""

import threading
from collections.abc import Callable

from django.db import connection


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
