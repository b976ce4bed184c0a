"""One server with the starter content, and one browser, for all tests in a browser."""

from pathlib import Path

import pytest
import yaml
from playwright.sync_api import sync_playwright

from tests.browser.visitor import Visitor
from tests.live.server import CHROMIUM, ROOT, Server, running
from tests.starter import copy_of_prepared

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("test_*.py"))
CAST = yaml.safe_load((ROOT / "starter" / "cast.yaml").read_text("utf-8"))


def pytest_itemcollected(item):
    """In two processes of a parallel run, every second file in each: they prepare a site each."""
    if item.path.is_relative_to(HERE):
        item.add_marker(pytest.mark.xdist_group(f"browser {FILES.index(item.path) % 2}"))


# Ended with the package: while Playwright runs, no other test of the process has an event loop.
@pytest.fixture(scope="package")
def playwright():
    """There can be one of them in a process."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def chromium(playwright):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory):
    """A server with the starter content, which runs."""
    with Server(copy_of_prepared(tmp_path_factory, "site")) as server:
        yield server


@pytest.fixture(scope="package")
def cookies(site):
    """Who has signed in before, with their cookies: the form is filled once for each person."""
    return {}


@pytest.fixture(params=["with scripts, 1280 px", "without scripts, 360 px"])
def scripts(request):
    return request.param.startswith("with ")


@pytest.fixture
def visit(site, chromium, cookies, scripts):
    """A function that gives a signed-in visitor of the cast; nobody for a public one.

    What any of them met on the way is told when the test is over.
    """
    visitors = []

    def as_role(key: str | None = None) -> Visitor:
        visitor = Visitor(chromium, site, scripts=scripts, cookies=cookies.get(key, ()))
        visitors.append(visitor)
        if key in cookies:
            visitor.open("/me/")
        elif key:
            visitor.sign_in(CAST[key]["employee_id"])
            cookies[key] = visitor.context.cookies()
        return visitor

    yield as_role
    for visitor in visitors:
        visitor.close()
    assert [fault for visitor in visitors for fault in visitor.faults] == []


# --- One live session ------------------------------------------------------------------------


@pytest.fixture(scope="package")
def seeded(tmp_path_factory):
    """A server of its own: it is killed, and its database put back, in the middle of tests."""
    home = tmp_path_factory.mktemp("live")
    with running(home, lambda server: server.seed(4)) as made:
        yield made


@pytest.fixture
def opened(seeded, chromium):
    """A function that opens the session as a person, on a phone."""
    server, content = seeded
    contexts = []

    def open_as(cookie, script="", **options):
        context = chromium.new_context(viewport={"width": 360, "height": 740}, **options)
        contexts.append(context)
        context.add_init_script(script)
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": server.base}])
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(f"{server.base}/live/{content['session']}/")
        return page

    yield open_as
    for context in contexts:
        context.close()
