"""The short form of `make chaos`: forty seconds, 24 people, every kind of fault, all oracles.

What takes how long is not judged here: other tests run beside it.
"""

import subprocess
import sys

import pytest
from django.db import connection

from tests.live.server import ROOT

pytestmark = [pytest.mark.chaos, pytest.mark.postgresql, pytest.mark.timeout(600)]


@pytest.mark.django_db
def test_nothing_is_lost_in_forty_seconds_of_chaos(tmp_path):
    if connection.vendor != "postgresql":
        pytest.skip("begins with a copy of a migrated PostgreSQL")
    to = connection.settings_dict
    migrated = f"postgres://{to['USER']}@{to['HOST']}:{to['PORT']}/{to['NAME']}"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.chaos.live", "--seed", "20261127", "--untimed"),
            *("--minutes", "0.7", "--people", "24", "--pause", "3"),
            *("--to", tmp_path, "--copy-of", migrated),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "chaos-20261127.html").exists()
