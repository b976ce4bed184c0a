"""Sitting an exam in a browser: by keyboard, in two tabs, with a wrong clock, over a bad line."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.visitor import tab_to
from tests.live.server import running

pytestmark = pytest.mark.browser
SEED = """
import json
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.factories.assessments import quiz_with_bank
from tests.factories.people import PersonFactory
from tests.live.server import cookie_of
quiz_with_bank(heartbeat_seconds=2)
print(json.dumps({"candidates": [cookie_of(PersonFactory()) for _number in range(5)],
                  "assessor": cookie_of(PersonFactory(groups=["assessor"]))}))
"""
ANSWERS = """
import json, sys
from assessments.models import Attempt
from assessments.services import current_answers
attempt = Attempt.objects.get(pk=sys.argv[1])
idents = {s.pk: s.question_version.question.ident for s in attempt.slots.all()}
print(json.dumps({idents[pk]: answer for pk, answer in current_answers(attempt).items()}))
"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    with running(tmp_path_factory.mktemp("server"), lambda server: server.told(SEED)) as both:
        yield both


@pytest.fixture
def signed_in(seeded, chromium):
    """A function that gives a browser of the candidate of that number, on a phone."""
    server, content = seeded
    contexts = []

    def sign_in(number, **options):
        context = chromium.new_context(viewport={"width": 360, "height": 740}, **options)
        contexts.append(context)
        cookie = content["candidates"][number] if number is not None else content["assessor"]
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": server.base}])
        return context

    yield sign_in
    for context in contexts:
        context.close()


def begin(context, server):
    page = context.new_page()
    page.goto(f"{server.base}/quizzes/basics/")
    page.get_by_role("button", name="Start now").click()
    return ready(page)


def ready(page):
    expect(page.locator("form[data-ready]")).to_be_attached()
    return page


def card(page, text):
    return page.locator("li[data-slot]", has_text=text)


def kept(page, text, where="server"):
    expect(card(page, text)).to_have_attribute("data-kept", where)


def violations(page):
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]


def answers_of(server, page):
    return server.told(ANSWERS, re.search(r"/attempts/(\d+)/", page.url)[1])


def test_the_whole_exam_by_keyboard_with_nothing_for_axe_to_say(seeded, signed_in):
    server, _content = seeded
    page = signed_in(0).new_page()
    page.goto(f"{server.base}/quizzes/basics/")
    assert violations(page) == []
    tab_to(page, page.get_by_role("button", name="Start now"))
    page.keyboard.press("Enter")
    ready(page)
    assert violations(page) == []
    for number in range(page.locator("li[data-slot]").count()):
        box = page.locator("li[data-slot]").nth(number)
        words = box.inner_text()
        for control in box.locator("input:not([type=hidden]), select").all():
            kind = control.evaluate("element => element.type")
            if kind == "radio" and control.evaluate(
                "e => document.querySelector(`[name='${e.name}']`) !== e"
            ):
                continue  # one Tab stop to a group
            tab_to(page, control)
            if kind == "radio":
                page.keyboard.press("Space")
            elif kind == "checkbox":
                if not re.search("8.8.8.8", control.evaluate("e => e.closest('label').innerText")):
                    page.keyboard.press("Space")
            elif kind == "select-one":
                page.keyboard.type(_right_side(control))
            else:
                page.keyboard.type("dig" if "name server" in words else "62")
    expect(page.locator("li[data-kept=server]")).to_have_count(6)
    expect(page.locator("[data-count]")).to_have_text("6")
    tab_to(page, page.get_by_role("button", name="Finish and see the result"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/review/")
    assert violations(page) == []


def _right_side(control):
    left = control.evaluate("e => document.querySelector(`label[for='${e.id}']`).innerText")
    return {"A": "IPv4", "AAAA": "IPv6", "MX": "mail"}[left.strip()]


def test_two_tabs_see_each_other_and_lose_nothing(seeded, signed_in):
    server, _content = seeded
    context = signed_in(1)
    one = begin(context, server)
    two = context.new_page()
    two.goto(one.url)
    ready(two)
    card(one, "name server").get_by_role("textbox").fill("dig")
    card(two, "usable addresses").get_by_role("textbox").fill("62")
    kept(one, "name server")
    kept(two, "usable addresses")
    expect(card(two, "name server").get_by_role("textbox")).to_have_value("dig")
    card(two, "name server").get_by_role("textbox").fill("nslookup")
    kept(two, "name server")
    assert answers_of(server, one) == {"four": "nslookup", "five": "62"}


def test_a_browser_with_a_clock_three_years_off_sees_the_server_s_time(seeded, signed_in):
    server, _content = seeded
    context = signed_in(2)
    context.add_init_script(
        "const off = 3 * 365 * 864e5, Now = Date; Date = class extends Now {"
        "constructor(...a) { a.length ? super(...a) : super(Now.now() + off); }"
        "static now() { return Now.now() + off; } };"
    )
    page = begin(context, server)
    expect(page.locator("[data-left]")).to_have_text(re.compile(r"29:[0-5]\d|30:00"))
    card(page, "name server").get_by_role("textbox").fill("dig")
    kept(page, "name server")
    assert answers_of(server, page) == {"four": "dig"}


def test_what_is_answered_without_a_line_is_kept_through_a_reload_and_sent(seeded, signed_in):
    server, _content = seeded
    context = signed_in(3)
    page = begin(context, server)
    context.set_offline(True)
    card(page, "name server").get_by_role("textbox").fill("dig")
    kept(page, "name server", "device")
    expect(page.locator("[data-state]")).to_contain_text("Kept on this device")
    page.close()
    assert not context.pages
    context.set_offline(False)
    page = context.new_page()
    page.goto(f"{server.base}/quizzes/basics/")
    page.get_by_role("link", name="Go on").click()
    expect(card(page, "name server").get_by_role("textbox")).to_have_value("dig")
    kept(page, "name server")
    assert answers_of(server, page) == {"four": "dig"}


def test_a_pause_and_time_given_reach_the_page(seeded, signed_in):
    server, _content = seeded
    page = begin(signed_in(4), server)
    number = re.search(r"/attempts/(\d+)/", page.url)[1]
    room = signed_in(None).new_page()
    room.goto(f"{server.base}/quizzes/attempts/{number}/sitting/")
    assert violations(room) == []
    room.locator("#decide_reason").fill("Fire alarm")
    room.get_by_role("button", name="Stop the clock").click()
    expect(page.locator("[data-state]")).to_contain_text("stopped the clock")
    card(page, "name server").get_by_role("textbox").fill("dig")
    kept(page, "name server", "device")
    room.locator("#decide_reason").fill("Over")
    room.get_by_role("button", name="Let it go on").click()
    kept(page, "name server")
    room.locator("#grant_minutes").fill("10")
    room.locator("#grant_reason").fill("Generator")
    room.get_by_role("button", name="Give this time").click()
    expect(page.locator("[data-left]")).to_have_text(re.compile(r"(39|40):\d\d"))
