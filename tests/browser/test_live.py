"""The session page in a browser: receipts, live changes, and text that survives a dead line."""

import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def seeded(site):
    return site, site.seed(2)


@pytest.fixture
def opened(seeded, chromium):
    """A function that opens the session as a person, on a phone."""
    server, content = seeded
    contexts = []

    def open_as(cookie, **options):
        context = chromium.new_context(viewport={"width": 360, "height": 740}, **options)
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": server.base}])
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(f"{server.base}/live/{content['session']}/")
        return page

    yield open_as
    for context in contexts:
        context.close()


def ask(page, body):
    page.get_by_label("Your question").first.fill(body)
    page.get_by_role("button", name="Ask the question").click()


def test_asked_received_visible_answered(opened, seeded):
    content = seeded[1]
    asker, host = opened(content["people"][0]), opened(content["host"])
    for page in (asker, host):
        expect(page.locator("[data-line]")).to_have_text("Live")
    ask(asker, "Does my question travel through the house?")
    receipt = asker.locator("[data-receipts] li").last
    expect(receipt).to_contain_text("received #")
    expect(receipt).to_contain_text("open")
    card = host.locator(".live-q", has_text="travel through the house")
    expect(card).to_be_visible()
    card.get_by_role("button", name="Take up now").click()
    expect(asker.locator("[data-current-body]")).to_have_text(
        "Does my question travel through the house?"
    )
    card.get_by_role("button", name="Answered live").click()
    expect(receipt).to_contain_text("answered live")
    expect(asker.locator("[data-balance]")).to_contain_text("1 answered live")
    assert asker.evaluate("document.documentElement.scrollWidth") <= 360
    assert asker.errors == host.errors == []


def test_a_vote_shows_at_once_and_everywhere(opened, seeded):
    content = seeded[1]
    asker, voter = opened(content["host"]), opened(content["people"][1])
    ask(asker, "Who else wants to know about votes?")
    card = voter.locator(".live-q", has_text="wants to know about votes")
    card.get_by_role("button", name="Vote").click()
    expect(card.get_by_role("button", name="Voted")).to_be_visible()
    seen = asker.locator(".live-q", has_text="wants to know about votes")
    expect(seen.locator("[data-show=votes]")).to_have_text("1")


def test_a_poll_and_a_raised_hand_live(opened, seeded):
    content = seeded[1]
    host, person = opened(content["host"]), opened(content["people"][1])
    for page in (host, person):
        expect(page.locator("[data-line]")).to_have_text("Live")
    host.get_by_text("Ask everybody").click()
    host.get_by_label("What you ask").fill("Is the uplink fast enough?")
    host.get_by_label("Answers, one a line").fill("Yes\nNo")
    host.get_by_role("button", name="Start the poll").click()
    poll = person.locator(".live-poll", has_text="Is the uplink fast enough?")
    poll.get_by_label("No").check()
    poll.get_by_role("button", name="Set my answer").click()
    hosts = host.locator(".live-poll", has_text="Is the uplink fast enough?")
    expect(hosts.locator("[data-count-of]")).to_have_text(["0", "1"])
    expect(poll.locator("[data-count-of]").first).to_be_hidden()
    hosts.get_by_role("button", name="Show the counts").click()
    expect(poll.locator("[data-count-of]")).to_have_text(["0", "1"])
    person.get_by_role("button", name="Raise my hand").click()
    expect(person.locator("[data-hand-state]")).to_have_text("Your hand is up, place 1")
    host.get_by_role("button", name="Let speak").click()
    expect(person.locator("[data-hand-state]")).to_have_text("It is your turn to speak.")
    host.get_by_role("button", name="Lower", exact=True).click()
    expect(person.get_by_role("button", name="Raise my hand")).to_be_visible()
    hosts.get_by_role("button", name="End the poll").click()
    expect(poll.get_by_label("Yes")).to_be_disabled()
    person.reload()
    expect(poll.get_by_label("No")).to_be_checked()
    assert person.evaluate("document.documentElement.scrollWidth") <= 360
    assert host.errors == person.errors == []


def test_markup_of_people_stays_text(opened, seeded):
    content = seeded[1]
    asker, reader = opened(content["people"][1]), opened(content["host"])
    expect(reader.locator("[data-line]")).to_have_text("Live")
    text = "<img src=x onerror=document.title='hacked'> is this run?"
    ask(asker, text)
    expect(reader.locator(".live-q__body", has_text="is this run?")).to_have_text(text)
    assert reader.locator(".live-q__body img").count() == 0


def test_what_is_sent_while_the_server_is_down_arrives_when_it_is_back(opened, seeded):
    server, content = seeded
    page = opened(content["people"][0])
    expect(page.locator("[data-line]")).to_have_text("Live")
    server.kill()
    ask(page, "Typed while the server was gone, kept here?")
    receipt = page.locator("[data-receipts] li", has_text="Typed while the server was gone")
    expect(receipt).to_contain_text("on this device")
    server.start()
    expect(receipt).to_contain_text("received #", timeout=45_000)
    expect(page.locator(".live-q", has_text="Typed while the server was gone")).to_have_count(1)


def test_what_a_restore_from_an_old_dump_lost_comes_back_by_itself(opened, seeded):
    server, content = seeded
    asker, voter = opened(content["people"][0]), opened(content["people"][1])
    ask(voter, "Asked before the dump was made?")
    expect(voter.locator("[data-receipts] li").last).to_contain_text("received #")
    server.kill()
    dump = server.home / "dump.sqlite3"
    with (
        closing(sqlite3.connect(server.database)) as database,
        closing(sqlite3.connect(dump)) as copy,
    ):
        database.backup(copy)  # with what still lies in the write-ahead log
    server.start()
    for page in (asker, voter):
        expect(page.locator("[data-line]")).to_have_text("Live", timeout=45_000)
    ask(asker, "Asked after the dump, acknowledged, and lost?")
    expect(asker.locator("[data-receipts] li").last).to_contain_text("received #")
    card = voter.locator(".live-q", has_text="acknowledged, and lost")
    card.get_by_role("button", name="Vote").click()
    expect(card.locator("[data-show=votes]")).to_have_text("1")
    server.kill()
    for file in server.home.glob("commons.sqlite3-*"):
        file.unlink()
    dump.rename(server.database)
    server.start()
    late = opened(content["host"])
    card = late.locator(".live-q", has_text="acknowledged, and lost")
    expect(card).to_have_count(1, timeout=45_000)
    expect(card.locator("[data-show=votes]")).to_have_text("1", timeout=45_000)
    expect(late.locator(".live-q", has_text="before the dump")).to_have_count(1)


def test_a_draft_is_there_after_the_page_was_closed(opened, seeded):
    page = opened(seeded[1]["people"][1])
    page.get_by_label("Your question").first.fill("Half a question, not yet sent")
    expect(page.locator("[data-count]")).to_contain_text("29")  # the script has it
    page.reload()
    expect(page.get_by_label("Your question").first).to_have_value("Half a question, not yet sent")


def test_everything_works_without_scripts(opened, seeded):
    page = opened(seeded[1]["people"][1], java_script_enabled=False)
    ask(page, "Asked by a browser without any scripts?")
    expect(page.get_by_text("Received #")).to_be_visible()
    expect(page.locator(".live-q", has_text="without any scripts")).to_have_count(1)


def test_where_sockets_are_blocked_the_next_line_takes_over(opened, seeded, chromium):
    server, content = seeded
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    context.add_cookies([{"name": "sessionid", "value": content["host"], "url": server.base}])
    page = context.new_page()
    context.add_init_script(
        "WebSocket = class { constructor() { setTimeout(() => this.onclose?.(), 10) } close() {} }"
    )
    page.goto(f"{server.base}/live/{content['session']}/")
    expect(page.locator("[data-line]")).to_have_text("Live, over a slow line", timeout=15_000)
    ask(page, "Asked over the stream and by post?")
    expect(page.locator("[data-receipts] li").last).to_contain_text("received #")
    context.close()
