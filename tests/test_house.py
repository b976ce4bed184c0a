"""The house keeps its own rules: layers, style, types, migrations."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
pytestmark = pytest.mark.house


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("lint-imports",),
        ("mypy", "."),
        ("python", "manage.py", "makemigrations", "--check", "--dry-run"),
    ],
    ids=["style", "format", "layers", "types", "migrations"],
)
def test_house_rule(command):
    done = subprocess.run(
        [BIN / command[0], *command[1:]],
        cwd=ROOT,
        env=os.environ | {"DEMO": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
