"""The session page in a browser: receipts, live changes, and text that survives a dead line."""

import gzip
import os
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from tests.live.server import ROOT

pytestmark = pytest.mark.browser
KILOBYTE = 1024
expect.set_options(timeout=20_000)  # a page without a welcome tries for some seconds
AEROPLANE = float(os.environ.get("AEROPLANE_SECONDS", "2"))  # without a line


def ask(page, body):
    page.locator("#ask").get_by_label("Your question").fill(body)
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


def dump_of(server):
    """A copy of the database as it is, with what still lies in the write-ahead log."""
    dump = server.home / "dump.sqlite3"
    with (
        closing(sqlite3.connect(server.database)) as database,
        closing(sqlite3.connect(dump)) as copy,
    ):
        database.backup(copy)
    return dump


def restore(server, dump):
    server.kill()
    for file in server.home.glob("commons.sqlite3-*"):
        file.unlink()
    dump.rename(server.database)
    server.start()


def test_what_a_restore_from_an_old_dump_lost_comes_back_by_itself(opened, seeded):
    server, content = seeded
    asker, voter = opened(content["people"][0]), opened(content["people"][1])
    ask(voter, "Asked before the dump was made?")
    expect(voter.locator("[data-receipts] li").last).to_contain_text("received #")
    dump = dump_of(server)
    ask(asker, "Asked after the dump, acknowledged, and lost?")
    expect(asker.locator("[data-receipts] li").last).to_contain_text("received #")
    card = voter.locator(".live-q", has_text="acknowledged, and lost")
    card.get_by_role("button", name="Vote").click()
    expect(card.locator("[data-show=votes]")).to_have_text("1")
    restore(server, dump)
    late = opened(content["host"])
    card = late.locator(".live-q", has_text="acknowledged, and lost")
    expect(card).to_have_count(1, timeout=45_000)
    expect(card.locator("[data-show=votes]")).to_have_text("1", timeout=45_000)
    expect(late.locator(".live-q", has_text="before the dump")).to_have_count(1)


# What this device knows of every acknowledged command is on its disk.
ALL_SEALED = """() => new Promise((resolve) => {
    indexedDB.open("live").onsuccess = ({ target }) => {
        const found = target.result.transaction("sent").objectStore("sent").getAll();
        found.onsuccess = () => resolve(found.result.every(({ sealed }) => sealed));
    };
})"""


def test_a_page_opened_after_a_restore_gives_back_what_an_earlier_page_sent(opened, seeded):
    server, content = seeded
    page = opened(content["people"][0])
    dump = dump_of(server)
    ask(page, "Acknowledged to a page that was closed since?")
    expect(page.locator("[data-receipts] li").last).to_contain_text("received #")
    while not page.evaluate(ALL_SEALED):
        page.wait_for_timeout(50)
    context = page.context
    page.close()
    restore(server, dump)
    again = context.new_page()
    again.goto(f"{server.base}/live/{content['session']}/")
    expect(again.locator(".live-q", has_text="closed since")).to_have_count(1)


def test_one_tab_holds_the_line_and_the_next_takes_over(opened, seeded):
    server, content = seeded
    first = opened(content["people"][2])
    expect(first.locator("[data-line]")).to_have_text("Live")
    second, sockets = first.context.new_page(), []
    second.on("websocket", lambda socket: sockets.append(socket.url))
    second.goto(f"{server.base}/live/{content['session']}/")
    expect(second.locator("[data-line]")).to_have_text("Live")
    ask(second, "Asked in a tab without a line of its own?")
    for page in (first, second):
        receipt = page.locator("[data-receipts] li", has_text="a line of its own")
        expect(receipt).to_contain_text("received #")
        expect(page.locator(".live-q", has_text="a line of its own")).to_have_count(1)
    assert sockets == []
    first.close()
    ask(second, "Asked after the tab with the line was closed?")
    receipt = second.locator("[data-receipts] li", has_text="with the line was closed")
    expect(receipt).to_contain_text("received #")
    assert len(sockets) == 1


def without(*names):
    """A script that takes parts of the browser away, as old or private ones do."""
    return "".join(
        f"Object.defineProperty({owner}, {name!r}, {{ value: undefined }});"
        for owner, name in (full.rsplit(".", 1) for full in names)
    )


def test_without_locks_and_a_disk_each_tab_works_alone_and_says_so(opened, seeded):
    server, content = seeded
    old = opened(content["people"][3], script=without("window.indexedDB", "navigator.locks"))
    other = old.context.new_page()
    other.goto(f"{server.base}/live/{content['session']}/")
    for page in (old, other):
        expect(page.locator("[data-line]")).to_have_text("Live")
    old.context.set_offline(True)
    ask(old, "Kept in the memory of this page only?")
    receipt = old.locator("[data-receipts] li", has_text="memory of this page")
    expect(receipt).to_contain_text("in this page only")
    old.context.set_offline(False)
    expect(receipt).to_contain_text("received #", timeout=45_000)
    expect(other.locator(".live-q", has_text="memory of this page")).to_have_count(1)
    assert old.errors == []


@pytest.mark.parametrize("tabs", [1, 2])
def test_three_questions_typed_in_an_aeroplane_arrive_once(opened, seeded, tabs):
    """The page is loaded anew in between, without a line and then with one."""
    server, content = seeded
    page = opened(content["people"][tabs + 1])
    pages = [page, *(page.context.new_page() for _ in range(tabs - 1))]
    address = f"{server.base}/live/{content['session']}/"
    for other in pages[1:]:
        other.goto(address)
    texts = [f"Question {number} of {tabs}, typed without a line?" for number in (1, 2, 3)]
    for each in pages:
        expect(each.locator("[data-line]")).to_have_text("Live")
    page.context.set_offline(True)
    for number, text in enumerate(texts):
        typing = pages[number % tabs]
        ask(typing, text)
        expect(typing.locator("[data-receipts] li", has_text=text)).to_contain_text(
            "on this device"
        )
        page.wait_for_timeout(AEROPLANE * 1000 / 3)
    with pytest.raises(PlaywrightError, match="ERR_INTERNET_DISCONNECTED"):
        page.reload()
    page.context.set_offline(False)
    page.goto(address)
    for text in texts:
        for each in pages:
            receipt = each.locator("[data-receipts] li", has_text=text)
            expect(receipt).to_contain_text("received #", timeout=60_000)
            expect(each.locator(".live-q", has_text=text)).to_have_count(1)
    late = opened(content["host"])
    for text in texts:
        expect(late.locator(".live-q", has_text=text)).to_have_count(1)


def test_the_client_is_at_most_twelve_kilobytes():
    files = [ROOT / "live/static/live" / f"{name}.js" for name in ("client", "outbox", "session")]
    sizes = {file.name: len(gzip.compress(file.read_bytes())) for file in files}
    assert sum(sizes.values()) <= 12 * KILOBYTE, sizes


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
