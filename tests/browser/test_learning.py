"""Pages of assessment, courses and certification as the role meets them who uses them.

With content on them: axe at both widths, light and dark, nothing that scrolls sideways, and what
each weighs on a first visit.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.test_weight import MOST_REQUESTS, load
from tests.browser.visitor import Visitor, tab_to
from tests.live.server import Server
from tests.starter import copy_of_prepared

pytestmark = pytest.mark.browser
SEED = """
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


def by_keyboard(visitor: Visitor, *, button: str, typed: dict[str, str] | None = None) -> None:
    """Fill the fields of the form and press its button, all by Tab, letters and Enter."""
    main = visitor.page.locator("main")
    for label, text in (typed or {}).items():
        tab_to(visitor.page, main.get_by_label(label).first)
        visitor.page.keyboard.type(text)
    tab_to(visitor.page, main.get_by_role("button", name=button, exact=True).first)
    with visitor.page.expect_navigation(wait_until="load"):
        visitor.page.keyboard.press("Enter")


def test_marking_regrade_issue_and_readiness_by_keyboard(learning, sign_in):
    """After the others: it changes what they look at."""
    pages = learning["pages"]
    role, path = pages["marking queue"]
    marker = sign_in(role)
    marker.page.goto(path)
    by_keyboard(marker, button="Claim and mark")
    points = marker.page.locator("main input[type=number]").all()
    assert points
    for box in points:
        tab_to(marker.page, box)
        marker.page.keyboard.type(box.get_attribute("max"))
    by_keyboard(marker, button="Give this mark")
    expect(marker.page.locator(".message").first).to_be_visible()
    marker.page.goto(pages["regrade"][1])
    by_keyboard(marker, button="Mark by the corrected key", typed={"Reason": "Two ports are right"})
    expect(marker.page.locator(".message").first).to_contain_text("changed or wait")
    keeper = sign_in("registrar")
    keeper.page.goto(pages["proposals"][1])
    before = keeper.page.get_by_role("button", name="Confirm").count()
    by_keyboard(keeper, button="Confirm")
    expect(keeper.page.get_by_role("button", name="Confirm")).to_have_count(before - 1)
    role, path = pages["readiness"]
    bank = sign_in(role)
    bank.page.goto(path)
    by_keyboard(bank, button="Show", typed={"Dzongkhag": "Mongar"})
    expect(bank.page.locator("main h2").last).to_be_visible()
    assert "Mongar" in bank.page.url
