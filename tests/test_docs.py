"""What the code has, the docs name: settings, commands, rooms, outlets, the interface, live events.

Left out on purpose: pages, whose addresses tests/rights/ lists, and `bench_data`, which only
`make bench` runs.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands

from live.commands import COMMANDS
from lms.api import api

pytestmark = pytest.mark.house
ROOT = Path(__file__).parent.parent
GUIDES = ROOT / "docs" / "guides"
READERS = {"env.str", "env.bool", "env.int", "env.list"}


def named(path: Path) -> set[str]:
    """Everything that a document sets in `code`, outside of blocks."""
    text = re.sub(r"^    .*$", "", path.read_text("utf-8"), flags=re.MULTILINE)
    return set(re.findall(r"`([^`\n]+)`", text))


def in_first_column(path: Path) -> set[str]:
    """What the tables of a document explain line by line."""
    rows = re.findall(r"^\| (`[^|]*) \|", path.read_text("utf-8"), flags=re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def calls(path: Path) -> Iterator[tuple[str, list[ast.expr]]]:
    """Name and arguments of every call in a module: `env.str("X")` is ("env.str", [...])."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.args


def settings_read() -> set[str]:
    return {
        arguments[0].value
        for name, arguments in calls(ROOT / "lms" / "settings.py")
        if name in READERS and isinstance(arguments[0], ast.Constant)
    }


def own_apps() -> list:
    return [config for config in apps.get_app_configs() if Path(config.path).parent == ROOT]


def own_commands() -> set[str]:
    own = {config.name for config in own_apps()}
    return {name for name, app in get_commands().items() if app in own}


def outlets() -> set[str]:
    """`room.module.outlet` of everything that lms/wiring.py connects."""
    names = (name for name, _arguments in calls(ROOT / "lms" / "wiring.py"))
    return {name.removesuffix(".append") for name in names if name.endswith(".append")}


def live_events() -> set[str]:
    """Every kind of event that a handler drafts."""
    found = set()
    for module in (ROOT / "live").glob("*.py"):
        for name, arguments in calls(module):
            if name == "Draft" and isinstance(arguments[0], ast.Constant):
                found.add(arguments[0].value)
    return found


def test_every_setting_is_explained_and_nothing_else():
    assert in_first_column(GUIDES / "settings.md") == settings_read()


def test_every_command_is_explained_and_nothing_else():
    assert in_first_column(GUIDES / "commands.md") == own_commands()


def test_every_room_stands_in_the_architecture_and_nothing_else():
    rooms = {name for name in in_first_column(ROOT / "docs" / "architecture.md") if "/" in name}
    assert rooms == {f"{config.label}/" for config in own_apps()}


def test_every_outlet_stands_in_the_architecture_and_nothing_else():
    rows = in_first_column(ROOT / "docs" / "architecture.md")
    assert {name for name in rows if "/" not in name} == outlets()


def test_every_address_of_the_interface_is_explained_and_nothing_else():
    assert in_first_column(GUIDES / "api.md") == set(api.get_openapi_schema()["paths"])


def test_every_command_and_event_of_live_sessions_is_named():
    events = live_events()
    assert len(events) > 10
    assert (set(COMMANDS) | events) - named(GUIDES / "live.md") == set()


def test_links_of_the_docs_lead_somewhere():
    lost = []
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
            if not (path.parent / target).exists():
                lost.append(f"{path.relative_to(ROOT)}: {target}")
    assert lost == []
