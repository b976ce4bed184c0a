"""A session from its plan to its close, seen by three browsers that must agree at each step."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.visitor import tab_to

pytestmark = pytest.mark.browser
# What a page shows of a session, whether a script or the server wrote it.
READ = """() => {
    const text = (element) => element?.textContent.replace(/\\s+/g, " ").trim();
    const shown = (element) => (element && !element.hidden ? text(element) : null);
    const cards = [...document.querySelectorAll(".live-q")].map((card) => [card.dataset.no, {
        body: text(card.querySelector("[data-show=body]")),
        name: text(card.querySelector("[data-show=name]")),
        label: text(card.querySelector("[data-show=label]")),
        votes: text(card.querySelector("[data-show=votes]")),
        list: card.closest("[data-list]").dataset.list,
    }]);
    const polls = [...document.querySelectorAll(".live-poll")].map((poll) => ({
        text: text(poll.querySelector("legend")),
        public: shown(poll.querySelector("[data-shown]")) !== null,
        voters: text(poll.querySelector("[data-show=voters]")),
        counts: [...poll.querySelectorAll("[data-count-of]")].map(shown),
        ended: shown(poll.querySelector("span[data-when=ended]")),
    }));
    return {
        state: document.querySelector("[data-session-state]").dataset.sessionState,
        now: shown(document.querySelector("[data-current-body]").parentElement),
        balance: text(document.querySelector("[data-balance]")),
        hands: text(document.querySelector("[data-hands-count]")),
        questions: Object.fromEntries(cards), polls,
    };
}"""
TRIES = 200
HIDDEN = ("Waits for a host", "Dismissed", "Withdrawn")  # from all but the hosts and the asker


class Browser:
    """One person's browser at the session."""

    def __init__(self, page, *, scripts=True):
        self.page, self.scripts = page, scripts
        self.name = page.locator(".site-foot").get_by_role("link").first.inner_text()

    def card(self, text):
        return self.page.locator(".live-q", has_text=text)

    def press(self, button, within=None):
        (within or self.page.locator("main")).get_by_role(
            "button", name=button, exact=True
        ).first.click()

    def unfold(self, within, summary, label, text, button):
        within.get_by_text(summary, exact=True).click()
        within.get_by_label(label).fill(text)
        self.press(button, within)

    def ask(self, text):
        self.page.get_by_label("Your question").first.fill(text)
        self.press("Ask the question")

    def read(self):
        if not self.scripts:
            self.page.reload()
        return self.page.evaluate(READ)

    def may_see(self, card):
        return card["label"] not in HIDDEN or card["name"] == self.name

    def agrees_with(self, host):
        questions = {no: card for no, card in host["questions"].items() if self.may_see(card)}
        polls = [
            poll if poll["public"] else {**poll, "counts": [None] * len(poll["counts"])}
            for poll in host["polls"]
        ]
        return self.read() == {**host, "questions": questions, "polls": polls}


class Agreement:
    """What the host sees is what each of the others sees, but for what is hidden from them."""

    def __init__(self, host, *others):
        self.host, self.others, self.before = host, others, None

    def reached(self):
        """After a step, which the host must see: everybody has it."""
        for _try in range(TRIES):
            seen = self.host.read()
            if seen != self.before and all(each.agrees_with(seen) for each in self.others):
                self.before = seen
                return
            self.host.page.wait_for_timeout(50)
        sights = "\n".join(f"{each.name} sees {each.read()}" for each in (self.host, *self.others))
        pytest.fail(sights)


def planned(page, base):
    """The address of a session whose host reads each question first, planned and opened."""
    page.goto(f"{base}/live/plan/?title=Seen+by+three")
    starts = timezone.localtime() + timedelta(hours=1)
    for name, moment in (("starts", starts), ("ends", starts + timedelta(hours=1))):
        page.locator(f"[name={name}]").fill(f"{moment:%Y-%m-%dT%H:%M}")
    page.locator("[name=pool]").select_option(index=1)
    page.get_by_label("hosts approve questions first").check()
    page.get_by_role("button", name="Plan the session").click()
    expect(page.get_by_text("Questions can be asked from now on")).to_be_visible()
    return page.url


def test_three_browsers_agree_at_each_step(opened, seeded):
    server, content = seeded
    host = Browser(opened(content["host"]))
    address = planned(host.page, server.base)
    asker = Browser(opened(content["people"][0]))
    bare = opened(content["people"][1], java_script_enabled=False)
    plain = Browser(bare, scripts=False)
    for browser in (asker, plain):
        browser.page.goto(address)
    agreement = Agreement(host, asker, plain)
    host.press("Open")
    agreement.reached()

    asker.ask("How do we size the uplink of a gewog?")
    agreement.reached()
    assert plain.read()["questions"] == {}
    host.press("Let through", host.card("the uplink of a gewog"))
    plain.ask("What uplink does a gewog need, then?")
    agreement.reached()
    host.press("Let through", host.card("a gewog need, then"))
    agreement.reached()
    assert len(asker.read()["questions"]) == 2
    plain.press("Vote", plain.card("the uplink of a gewog"))
    agreement.reached()

    number = host.card("the uplink of a gewog").get_attribute("data-no")
    double = host.card("a gewog need, then")
    host.unfold(double, "Merge or dismiss", "Into question number", number, "Merge")
    agreement.reached()
    host.press("Take up now", host.card("the uplink of a gewog"))
    agreement.reached()
    assert plain.read()["now"] == "How do we size the uplink of a gewog?"
    host.press("Answered live", host.card("the uplink of a gewog"))
    agreement.reached()

    asker.ask("Who pays for the spare router?")
    host.press("Let through", host.card("the spare router"))
    agreement.reached()
    host.press("Owe the answer", host.card("the spare router"))
    agreement.reached()
    asker.ask("Asked too quickly, and taken back")
    agreement.reached()
    mine = asker.card("and taken back")
    mine.get_by_text("Change or withdraw").click()
    asker.press("Withdraw", mine)
    agreement.reached()

    host.page.get_by_text("Ask everybody", exact=True).click()
    host.page.get_by_label("What you ask").fill("Is the line fast enough?")
    host.page.get_by_label("Answers, one a line").fill("Yes\nNo")
    host.press("Start the poll")
    agreement.reached()
    for browser, answer in ((asker, "Yes"), (plain, "No")):
        browser.page.get_by_label(answer, exact=True).check()
        browser.press("Set my answer")
    host.press("Show the counts")
    agreement.reached()
    host.press("End the poll")
    agreement.reached()
    assert plain.read()["polls"][0]["counts"] == ["1", "1"]

    plain.press("Raise my hand")
    agreement.reached()
    host.press("Let speak")
    expect(host.page.locator(".live-hands .status--good")).to_be_visible()
    plain.press("Lower my hand")
    agreement.reached()
    plain.ask("Open until the very end of it?")
    host.press("Let through", host.card("the very end of it"))
    agreement.reached()
    host.page.get_by_text("Close the session", exact=True).click()
    host.press("Close now")
    agreement.reached()
    last = plain.read()
    assert last["state"] == "closed"
    assert last["balance"] == (
        "5 asked = 1 answered live + 0 answered in writing + 2 owed + 0 dismissed"
        " + 1 merged + 1 withdrawn + 0 still open"
    )


def test_a_host_works_by_keyboard_alone(opened, seeded):
    """The next thing to do has the focus when a question has left its place."""
    server, content = seeded
    host = Browser(opened(content["host"]))
    address = planned(host.page, server.base)
    asker = Browser(opened(content["people"][3]))
    asker.page.goto(address)
    keys = host.page.keyboard
    tab_to(host.page, host.page.get_by_role("button", name="Open", exact=True))
    keys.press("Enter")
    asker.ask("First of two by the keyboard?")
    asker.ask("Second of two by the keyboard?")
    expect(host.card("Second of two")).to_be_visible()
    for card in (host.card("First of two"), host.card("Second of two")):
        through = card.get_by_role("button", name="Let through")
        tab_to(host.page, through)
        keys.press("Enter")
        expect(through).to_be_hidden()
    take_up = host.card("Second of two").get_by_role("button", name="Take up now")
    expect(take_up).to_be_focused()
    keys.press("Enter")
    expect(asker.page.locator("[data-current-body]")).to_have_text("Second of two by the keyboard?")
    keys.press("Tab")
    expect(host.card("Second of two").get_by_role("button", name="Answered live")).to_be_focused()
    keys.press("Enter")
    expect(host.card("Second of two").locator("[data-show=label]")).to_have_text("Answered live")
    owe = host.card("First of two").get_by_role("button", name="Owe the answer")
    tab_to(host.page, owe)
    keys.press("Enter")
    close = host.page.get_by_text("Close the session", exact=True)
    host.page.reload()
    tab_to(host.page, close)
    keys.press("Enter")
    keys.press("Tab")
    keys.press("Enter")
    expect(asker.page.locator("[data-session-state=closed]")).to_be_visible()
    axe = Axe().run(host.page, options={"resultTypes": ["violations"]})
    assert axe.response["violations"] == []
