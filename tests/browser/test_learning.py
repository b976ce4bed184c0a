"""Pages of assessment, courses and certification as the role meets them who uses them.

With content on them: axe at both widths, light and dark, nothing that scrolls sideways, and what
each weighs on a first visit.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.test_weight import MOST_REQUESTS, load
from tests.browser.visitor import Visitor
from tests.live.server import Server
from tests.starter import copy_of_prepared

pytestmark = pytest.mark.browser
SEED = """
import django; django.setup()
import json
from tests.browser.learning import seed
print(json.dumps(seed()))
"""
HEAVIEST = 60  # KB on the wire on a first visit, as "my page"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site of its own: what is put in changes a course that the walks begin."""
    with Server(copy_of_prepared(tmp_path_factory, "learning")) as server:
        yield server


@pytest.fixture(scope="module")
def learning(site):
    return site.told(SEED)


@pytest.fixture
def sign_in(site, chromium, learning):
    """A function that gives a browser of a role; what it met is told when the test is over."""
    visitors = {}

    def as_role(role: str) -> Visitor:
        if role not in visitors:
            cookie = {"name": "sessionid", "value": learning["cookies"][role], "url": site.base}
            visitors[role] = Visitor(chromium, site, scripts=True, cookies=[cookie])
        return visitors[role]

    yield as_role
    for visitor in visitors.values():
        visitor.close()
    assert [fault for visitor in visitors.values() for fault in visitor.faults] == []


def test_each_page_with_content_has_nothing_for_axe_and_is_light(learning, sign_in):
    heavy = {}
    for name, (role, path) in learning["pages"].items():
        visitor = sign_in(role)
        traffic = load(visitor, path, cold=True)
        if traffic.beside("Image") > HEAVIEST or len(traffic.sizes) > MOST_REQUESTS:
            heavy[name] = str(traffic)
        visitor.look_closely()
    assert heavy == {}


def test_the_report_before_a_bulk_enrolment(learning, sign_in):
    role, path = learning["pages"]["people of a course"]
    visitor = sign_in(role)
    visitor.page.goto(path)
    visitor.fill("Employee IDs", "OPR001 OPR015 OPR053 ICT0244")
    visitor.press("Show who it would be")
    expect(visitor.page.get_by_role("status")).to_contain_text("Nothing is written yet")
    visitor.look_closely()


def test_the_checklist_in_the_editor(learning, sign_in):
    """The editor is Wagtail's; the panel in it is ours."""
    role, path = learning["pages"]["care and checklist"]
    page = sign_in(role).page
    page.goto(f"/admin/pages/{path.strip('/').rsplit('/', 1)[1]}/edit/")
    panel = page.locator("section", has=page.get_by_role("heading", name="Checklist")).last
    expect(panel).to_contain_text("Nobody owns the course")
    panel.evaluate("panel => panel.setAttribute('data-ours', '')")
    page.evaluate(Axe().axe_script)
    found = page.evaluate("axe.run('[data-ours]').then(found => found.violations)")
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
