"""What is typed into the forum outlives the browser, the line, the session and another tab.

`DRAFT_KILLS` says how often the browser is killed while somebody types: a few times by default,
50 for the full run.
"""

import contextlib
import os
import random
import time

import pytest
from playwright.sync_api import Error, expect

from tests.chaos.exam import Browser
from tests.live.server import running

pytestmark = pytest.mark.browser
KILLS = int(os.environ.get("DRAFT_KILLS", "4"))
LOST_AT_MOST = 2.0  # seconds of typing
SEED = """
import json
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.factories.forums import pool, topic
from tests.factories.people import professional
from tests.live.server import cookie_of
from tests.factories.desk import in_work
from tests.factories.forums import serving
net = pool()
expert = serving(net)
print(json.dumps({"ask": f"/forum/pools/{net.pk}/ask/", "topic": topic(net).get_absolute_url(),
                  "request": in_work(net, by=expert).get_absolute_url(),
                  "cookies": [cookie_of(professional()) for _number in range(5)]
                  + [cookie_of(expert)]}))
"""
KEPT = """
import json
from forums.models import Draft
print(json.dumps(sorted(Draft.objects.values_list("body", flat=True))))
"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    with running(tmp_path_factory.mktemp("server"), lambda server: server.told(SEED)) as both:
        yield both


@pytest.fixture
def signed_in(seeded, chromium):
    """A function that gives a browser of the writer of that number, on a phone."""
    server, content = seeded
    contexts = []

    def sign_in(number):
        context = chromium.new_context(base_url=server.base, viewport={"width": 360, "height": 740})
        contexts.append(context)
        cookie = content["cookies"][number]
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": server.base}])
        return context

    yield sign_in
    for context in contexts:
        context.close()


def ready(page, address=None):
    """The form, once its script has looked at what this device keeps."""
    if address:
        page.goto(address)
    expect(page.locator("form[data-draft-form][data-ready]")).to_be_attached()
    return page


def body(page):
    return page.get_by_label("Text", exact=True)


def state(page):
    return page.locator("[data-draft-state]")


@pytest.mark.timeout(120 + 20 * KILLS)
def test_the_browser_is_killed_while_somebody_types(seeded, playwright, tmp_path_factory):
    server, content = seeded
    chance = random.Random(20261126)
    browser = Browser(playwright, tmp_path_factory.mktemp("profile"))
    for number in range(KILLS):
        page = browser.start(server.base, content["cookies"][0])
        ready(page, server.base + content["ask"])
        said = f"Run {number} begins. "
        seconds = chance.uniform(0.5, 5)
        typed = _type_and_kill(browser, page, said, seconds=seconds, chance=chance)
        page = browser.start(server.base, content["cookies"][0])
        ready(page, server.base + content["ask"])
        row = page.locator("[data-draft-others] li", has_text=f"Run {number} begins")
        if typed[-1][1] - typed[0][1] > LOST_AT_MOST or row.count():
            row.get_by_role("button").click()
            expect(body(page)).not_to_have_value("")
            kept = body(page).input_value()
            whole = typed[-1][0]
            assert whole.startswith(kept) or kept.startswith(whole), (whole, kept)
            lost = [at for text, at in typed if len(text) > len(kept)]
            assert not lost or typed[-1][1] - lost[0] <= LOST_AT_MOST, (lost, typed[-1])
        browser.kill()


def _type_and_kill(browser, page, said, *, seconds, chance):
    """Type until the browser is killed; each text that stood there, with the moment."""
    field = body(page)
    field.focus()
    typed, ends = [], time.monotonic() + seconds
    for letter in said + "the line drops at noon and comes back by itself " * 20:
        before = typed[-1][0] if typed else ""
        page.keyboard.type(letter)
        typed.append((before + letter, time.monotonic()))
        if time.monotonic() > ends and len(before) > len(said):
            break
        time.sleep(chance.uniform(0, 0.06))
    browser.kill()
    with contextlib.suppress(Error):
        page.context.browser.close()
    return typed


def test_two_tabs_keep_both_texts_side_by_side(seeded, signed_in):
    server, content = seeded
    context = signed_in(1)
    one = ready(context.new_page(), content["topic"])
    body(one).press_sequentially("the first text")
    expect(state(one)).to_contain_text("On the server")
    # As a tab that was duplicated: it begins with the same draft.
    two = context.new_page()
    two.goto("/healthz")
    two.evaluate(
        "store => { for (const [key, value] of store) sessionStorage.setItem(key, value); }",
        one.evaluate("Object.entries(sessionStorage)"),
    )
    ready(two, content["topic"])
    assert body(two).input_value() == "the first text"
    body(one).press("End")
    body(one).press_sequentially(" goes on here")
    expect(state(one)).to_contain_text("On this device")
    time.sleep(0.3)
    body(two).press("End")
    body(two).press_sequentially(" and goes on there")
    expect(state(two)).to_contain_text("both texts are kept")
    expect(state(two)).to_contain_text("On the server")
    expect(state(one)).not_to_contain_text("Not on the server")
    one.wait_for_timeout(2500)
    assert {"the first text goes on here", "the first text and goes on there"} <= set(
        server.told(KEPT)
    )
    # Another tab that is opened as usual has an empty form, and is told of the two.
    three = ready(context.new_page(), content["topic"])
    assert body(three).input_value() == ""
    expect(three.locator("[data-draft-others] li")).to_have_count(2)


@pytest.mark.parametrize("status", [413, 429, 500, 0])
def test_a_text_that_the_server_does_not_take_is_still_there(seeded, signed_in, status):
    _server, content = seeded
    context = signed_in(2)
    page = ready(context.new_page(), content["topic"])
    text = f"Seen here too, answered with {status}."
    body(page).press_sequentially(text)
    expect(state(page)).to_contain_text("On this device")

    def refuse(route):
        route.fulfill(status=status, body="no") if status else route.abort()

    page.route("**/reply/", refuse)
    with contextlib.suppress(Error):
        page.get_by_role("button", name="Reply", exact=True).click()
        page.wait_for_load_state()
    page.unroute("**/reply/")
    ready(page, content["topic"])
    assert body(page).input_value() == text
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.locator(".post").last).to_contain_text(text)
    ready(page)
    assert body(page).input_value() == ""
    assert page.locator("[data-draft-others] li").count() == 0


def test_the_session_ends_while_somebody_types(seeded, signed_in):
    _server, content = seeded
    context = signed_in(3)
    page = ready(context.new_page(), content["topic"])
    session = [each for each in context.cookies() if each["name"] == "sessionid"]
    context.clear_cookies(name="sessionid")
    body(page).press_sequentially("typed while signed out")
    expect(state(page)).to_contain_text("You are signed out")
    page.get_by_role("button", name="Reply", exact=True).click()
    page.wait_for_url("**/accounts/login/**")
    context.clear_cookies(name="sessionid")
    context.add_cookies(session)
    ready(page, content["topic"])
    assert body(page).input_value() == "typed while signed out"


def test_a_text_that_another_device_kept_goes_on_here(seeded, signed_in):
    _server, content = seeded
    office, phone = signed_in(4), signed_in(4)
    page = ready(office.new_page(), content["ask"])
    page.get_by_label("What is it about?").press_sequentially("Written in the office")
    body(page).press_sequentially("begun in the office")
    expect(state(page)).to_contain_text("On the server")
    other = phone.new_page()
    other.goto("/forum/drafts/")
    other.get_by_role("link", name="Written in the office").click()
    ready(other)
    assert body(other).input_value() == "begun in the office"
    body(other).press("End")
    body(other).press_sequentially(", finished on the phone")
    other.get_by_role("button", name="Ask", exact=True).click()
    expect(other.locator(".post")).to_contain_text("begun in the office, finished on the phone")
    other.goto("/forum/drafts/")
    expect(other.locator("main")).to_contain_text("No drafts")
    # The office learns that it was posted, and keeps what is typed there beside it.
    body(page).press_sequentially(" and more")
    expect(state(page)).to_contain_text("both texts are kept")


def of_the_desk(page, part):
    """One of the forms of a request's page, opened."""
    form = page.locator(f'form[data-place-id$=":{part}"]')
    expect(form).to_have_attribute("data-ready", "")
    if not form.is_visible():
        page.locator("details", has=form).locator("summary").click()
    return form


def test_the_texts_of_a_request_are_kept_each_in_its_form(seeded, signed_in):
    """Message and delivery stand on one page; neither is lost, and neither gets the other's."""
    _server, content = seeded
    page = signed_in(5).new_page()
    page.goto(content["request"])
    message, delivery = of_the_desk(page, "say"), of_the_desk(page, "deliver")
    message.get_by_label("Message").press_sequentially("We come on Friday.")
    delivery.get_by_label("What was done").press_sequentially("The cable was changed.")
    for form in (message, delivery):
        expect(form.locator("[data-draft-state]")).to_contain_text("On the server")
    page.route("**/deliver/", lambda route: route.fulfill(status=500, body="no"))
    delivery.get_by_role("button", name="Deliver", exact=True).click()
    page.wait_for_load_state()
    page.unroute("**/deliver/")
    page.goto(content["request"])
    message, delivery = of_the_desk(page, "say"), of_the_desk(page, "deliver")
    expect(message.get_by_label("Message")).to_have_value("We come on Friday.")
    expect(delivery.get_by_label("What was done")).to_have_value("The cable was changed.")
    page.route("**/say/", lambda route: route.abort())
    with contextlib.suppress(Error):
        message.get_by_role("button", name="Send", exact=True).click()
    page.unroute("**/say/")
    page.goto("/forum/drafts/")  # on another device the way goes through the list
    page.get_by_role("link", name="We come on Friday.").click()
    message = of_the_desk(page, "say")
    expect(message.get_by_label("Message")).to_have_value("We come on Friday.")
    message.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[id^=message-]")).to_contain_text("We come on Friday.")
    of_the_desk(page, "deliver").get_by_role("button", name="Deliver", exact=True).click()
    expect(page.locator("#delivered")).to_be_visible()
    page.goto("/forum/drafts/")
    expect(page.locator("main")).to_contain_text("No drafts")
