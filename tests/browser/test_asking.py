"""By keyboard alone: ask, what was said before, post, reply, accept; with scripts and without,
on a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import Visitor, press, tab_to, write
from tests.live.server import running

pytestmark = pytest.mark.browser
SEED = """
import json
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.factories.forums import pool, serving, topic
from tests.factories.people import professional
from tests.live.server import cookie_of
net = pool()
before = topic(net, title="DHCP runs out of leases every noon")
people = {"with": professional(), "without": professional(), "expert": serving(net)}
print(json.dumps({"ask": f"/forum/pools/{net.pk}/ask/", "before": before.title,
                  "pool": net.address,
                  "cookies": {name: cookie_of(person) for name, person in people.items()}}))
"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    with running(tmp_path_factory.mktemp("server"), lambda server: server.told(SEED)) as both:
        yield both


@pytest.fixture
def person(seeded, chromium, scripts):
    """A function that gives a visitor with a phone."""
    server, content = seeded
    visitors = []

    def as_one(name):
        cookie = {"name": "sessionid", "value": content["cookies"][name], "url": server.base}
        visitor = Visitor(chromium, server, scripts=scripts, cookies=[cookie])
        visitor.page.set_viewport_size({"width": 360, "height": 740})
        visitor.size = (360, 740)
        visitors.append(visitor)
        return visitor

    yield as_one
    for visitor in visitors:
        visitor.close()
    assert [fault for visitor in visitors for fault in visitor.faults] == []


def test_ask_to_accepted_answer_by_keyboard(seeded, person, scripts):
    _server, content = seeded
    asker = person("with" if scripts else "without")
    page = asker.page
    asker.open(content["ask"])
    title = f"No DHCP leases left at noon, {'with' if scripts else 'without'} scripts"
    write(asker, "What is it about?", title)
    write(asker, "Text", "The pool of addresses is empty every noon.")
    hits = page.locator("[data-similar-hits]")
    if scripts:
        expect(hits).to_contain_text(content["before"])
    else:
        # In a field Enter asks, and what was said before stands between.
        tab_to(page, page.get_by_label("Tags (optional)"))
        with page.expect_navigation(wait_until="load"):
            page.keyboard.press("Enter")
        asker.look()
        expect(page.locator("main")).to_contain_text("Nothing is posted yet")
        expect(hits).to_contain_text(content["before"])
        assert page.get_by_label("Text", exact=True).input_value().startswith("The pool of addr")
    press(asker, page.get_by_role("button", name="Ask", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    address = page.url

    expert = person("expert")
    expert.open(address)
    press(expert, expert.page.locator(".post").get_by_role("link", name="Quote"))
    assert "#1" in expert.page.get_by_label("Text", exact=True).input_value()
    tab_to(expert.page, expert.page.get_by_label("Text", exact=True))
    expert.page.keyboard.press("Control+End")
    expert.page.keyboard.type("Shorten the lease.")
    press(expert, expert.page.get_by_role("button", name="Reply", exact=True))
    expect(expert.page.locator("#post-2")).to_contain_text("Shorten the lease.")

    asker.open(address)
    press(asker, page.get_by_role("button", name="Accept this answer"))
    expect(page.locator("#post-2")).to_contain_text("Accepted answer")
    press(asker, page.get_by_role("button", name=re.compile("^Read up to here")))
    asker.open(content["pool"])
    expect(page.locator("main")).to_contain_text(title)
    expect(page.locator("main")).not_to_contain_text("continue at")


def test_this_answers_it_by_keyboard_keeps_the_text(seeded, person, scripts):
    _server, content = seeded
    asker = person("with" if scripts else "without")
    asker.open(content["ask"])
    write(asker, "What is it about?", "DHCP runs out of leases")
    write(asker, "Text", "Leases are gone at noon.")
    page = asker.page
    if scripts:
        expect(page.locator("[data-similar-hits]")).to_contain_text(content["before"])
    else:
        press(asker, page.get_by_role("button", name="Ask", exact=True))
    hit = page.locator("[data-similar-hits] li", has_text=content["before"])
    press(asker, hit.get_by_role("button", name="This answers it"))
    expect(page.get_by_role("heading", level=1)).to_have_text(content["before"])
    asker.open("/forum/drafts/")
    expect(page.locator("main")).to_contain_text("DHCP runs out of leases")


@pytest.mark.parametrize("scripts", [True], ids=["with scripts, 1280 px"])
def test_news_appear_without_moving_the_reader(seeded, person, scripts):
    """The page says that replies came; they are added below when asked for."""
    _server, content = seeded
    reader = person("with")
    reader.open(content["pool"])
    reader.follow(content["before"])
    page = reader.page
    address = page.url
    page.route("**/forum/topics/*/news/*", lambda route: route.continue_())
    page.clock.install()
    page.reload()
    writer = person("expert")
    writer.open(address)
    writer.fill("Text", "Something new.")
    writer.press("Reply")
    page.mouse.wheel(0, 200)
    page.wait_for_function("scrollY === 200")  # it scrolls a moment later
    before = page.evaluate("scrollY")
    page.clock.fast_forward(31_000)
    news = page.get_by_role("link", name=re.compile("new repl"))
    expect(news).to_be_attached()
    assert page.evaluate("scrollY") == before
    news.press("Enter")
    expect(page.locator(".post").last).to_contain_text("Something new.")
    assert page.locator(".post").count() == 2
    assert page.url == address
