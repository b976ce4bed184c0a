"""The seven walks of the design, as the people of the demonstration, to the end of the task.

Each is walked twice: with scripts at 1280 px, without scripts at 360 px. What is written carries
the way it was walked in its words, so that the two never meet.
"""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from assessments import formats
from desk.words import BUTTONS
from tests.browser.conftest import CAST
from tests.factories.events import pdf
from tests.live.server import ROOT

pytestmark = pytest.mark.browser
BANK = ROOT / "starter/courses/running-a-community-centre/questions.gift"


@pytest.fixture
def way(scripts):
    """A word that tells the two ways apart."""
    return "sooner" if scripts else "later"


def test_registry_to_first_sign_in(visit, way, tmp_path):
    """1. File, report, confirmed, code, first sign-in."""
    employee = f"NEW{len(way)}1"
    registrar = visit("registrar")
    file = tmp_path / f"joined-{way}.csv"
    file.write_text(
        "employee_id,name,name_dz,email,agency,dzongkhag,post_title,posting_from\n"
        f"{employee},Officer {way} Networking of a Department with a Long Name,འགོ་དཔོན་ ༩༠༢,"
        f"{way}@new.example,Department of Land Parcels,Thimphu,ICT Officer,2026-11-01\n"
        f"{employee}X,,,,Department of Land Parcels,Nowhere,ICT Officer,2026-11-01\n",
        "utf-8",
    )
    registrar.follow("People", inside=nav_of(registrar))
    registrar.follow("Registry files")
    registrar.page.get_by_label("CSV or XLSX file").set_input_files(file)
    registrar.press("Show the report")
    report = registrar.page.locator("main")
    expect(report).to_contain_text("Nothing is written yet")
    expect(report.locator(".list__item", has_text=f"{employee}X")).to_contain_text("not taken")
    registrar.press("Apply what was accepted")
    expect(report).to_contain_text("Applied")
    registrar.open(f"/people/{employee}/")
    registrar.press("Make a code for the first sign-in")
    code = registrar.page.locator("main code").inner_text()

    newcomer = visit()
    newcomer.open("/")
    newcomer.follow("Sign in")
    newcomer.follow("I have a code")
    newcomer.fill("Employee ID", employee)
    newcomer.fill("Code from your registrar", code)
    newcomer.fill("Your new password", "three-words-of-mine")
    newcomer.press("Set the password and sign in")
    expect(newcomer.page.get_by_role("heading", level=1)).to_contain_text("Officer")
    expect(newcomer.page.locator("main")).to_contain_text("You have begun no course")


def test_gap_to_certificate(visit, scripts):
    """2. Gap, course, units, check question, quiz, pass, evidence, standing, certificate."""
    who = "operator" if scripts else "operator_2"
    operator = visit(who)
    page = operator.page
    operator.follow("Competencies", inside=nav_of(operator))
    row = page.locator("tr", has_text="CCO-08")
    expect(row).to_contain_text("none yet")
    operator.lead_on(row.get_by_role("link", name="Running a community centre"))
    operator.press("Start the course")
    answer_check_question(operator)
    while page.get_by_role("button", name=re.compile("^Done. Next")).count():
        operator.press(re.compile("^Done. Next"), exact=False)
    operator.press("Done. Back to the course")
    operator.follow("Go to the quiz")
    operator.press("Start now")
    answer_quiz(page)
    if scripts:
        expect(page.locator("[data-state]")).to_contain_text("Kept on the server")
    else:
        operator.press("Keep my answers")
        expect(page.locator("[data-state]")).to_contain_text("Your answers are kept")
    operator.press("Finish and see the result")
    expect(page.locator(".result")).to_contain_text("Passed")
    expect(page.locator(".result")).to_contain_text("100 %")

    operator.follow("To the quiz")
    operator.follow("Competencies", inside=nav_of(operator))
    expect(page.locator("tr", has_text="CCO-08")).not_to_contain_text("none yet")
    operator.follow("My evidence")
    entry = page.locator(".list__item", has_text="CCO-08")
    expect(entry).to_contain_text("Running a community centre")
    operator.follow("Certificates", inside=nav_of(operator))
    operator.follow("Community centre operator")
    assert Path(operator.download("Download the PDF")).read_bytes().startswith(b"%PDF")
    operator.follow("Public check page")
    address = page.url

    anybody = visit()
    anybody.open(address)
    expect(anybody.page.locator("main")).to_contain_text("genuine and holds today")
    expect(anybody.page.locator("main")).to_contain_text("Operator 0")
    anybody.follow("Check another certificate")
    anybody.fill("Number", address.rstrip("/").rsplit("/", 1)[1])
    anybody.press("Check")
    expect(anybody.page.locator("main")).to_contain_text("genuine and holds today")


def test_question_to_found_answer(visit, scripts, way):
    """3. Search, ask, the expert is told, answer, accepted, evidence, found by the next one."""
    title = f"Why does my {way} wireless bridge drop in the rain?"
    asker = visit("professional")
    asker.open("/search/")
    search(asker, f"{way} wireless bridge rain zzyzx")
    asker.follow("Ask a pool")
    asker.follow("Networking")
    asker.follow("Ask a question")
    asker.fill("What is it about?", title)
    asker.fill("Text", "The link is fine when dry.\n\n- 5 GHz\n- 800 m\n\nརླངས་འཕྲིན་གྱི་མཐུད་ལམ།")
    asker.page.get_by_label("NET-03").check()
    asker.press("Preview, and see what was said before")
    asker.press("Ask")
    address = asker.page.url

    expert = visit("expert_net")
    expert.follow("Notices", inside="header")
    expert.press(re.compile(re.escape(title)), exact=False)
    assert expert.page.url.split("#")[0] == address.split("#")[0]
    expert.fill("Text", f"Water in the **connector**: seal it. Said on the {way} way.")
    expert.press("Reply")

    asker.follow("Notices", inside="header")
    asker.press(re.compile(re.escape(title)), exact=False)
    asker.press("Accept this answer")
    expect(asker.page.locator(".post--accepted")).to_contain_text("Water in the connector")

    expert.open("/competencies/mine/evidence/")
    expect(expert.page.locator(".list__item", has_text=title).first).to_contain_text(
        "ccepted answer"
    )
    finder = visit("professional_2")
    search(finder, f"{way} bridge drops rain", inside="header")
    found = finder.page.locator(".results .list__item", has_text=title).first
    expect(found).to_contain_text("solved")
    finder.lead_on(found.get_by_role("link"))
    expect(finder.page.locator(".post--accepted")).to_contain_text("seal it")


def test_request_to_evidence(visit, way):
    """4. Filed, routed, claimed, worked on, delivered, signed off, evidence."""
    title = f"Measure the {way} line of our new office"
    asker = visit("professional_3")
    asker.follow("Requests", inside=nav_of(asker))
    asker.follow("File a request")
    asker.page.get_by_label("Which pool?").select_option("Security")
    asker.fill("What is needed?", title)
    asker.fill("What happens, what was tried", "The line is slow from ten to twelve.")
    asker.press("File the request")
    address = asker.page.url
    expect(asker.page.locator("main")).to_contain_text("Receipt")

    lead = visit("lead_sec")
    lead.open(address)
    step(lead, "route", {"To which pool?": "Networking", "Why, or what": "It is about a line."})

    expert = visit("expert_net")
    expert.open("/desk/?tab=queue")
    expert.follow(title)
    step(expert, "claim")
    step(expert, "start")
    report = "Measured for **three days**; the report is here."
    step(expert, "deliver", {"What was done": report, "NET-03": True})

    asker.open(address)
    step(asker, "accept", {"4: well": True})
    expect(asker.page.locator("main")).to_contain_text("rated 4 of 5")
    expert.open("/competencies/mine/evidence/")
    expect(expert.page.locator(".list__item", has_text=title).first).to_contain_text(
        re.compile("request", re.I)
    )


def test_live_session_to_minutes(visit, scripts, way):
    """5. Planned, asked, voted, answered live, in writing, owed at the close, minutes."""
    title = f"Open hour for {way} visitors"
    host = visit("host")
    host.open("/live/")
    host.follow("Plan a session")
    now = timezone.localtime()
    host.fill("Title", title)
    host.page.get_by_label("Pool").select_option("Networking")
    host.page.get_by_label("Starts").fill(now.strftime("%Y-%m-%dT%H:%M"))
    host.page.get_by_label("Ends").fill((now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"))
    host.press("Plan the session")
    address = host.page.url.split("#")[0]
    perform(host, host.page.get_by_role("button", name="Open", exact=True))
    expect(host.page.locator("[data-session-state]")).to_have_text(re.compile("open", re.I))

    questions = {
        "live": f"How long may a {way} cable be?",
        "written": f"Which {way} channel is free?",
        "owed": f"Who pays for the {way} mast?",
    }
    # Each asks one question in ten seconds, three at once: the two ways have their own askers.
    asker, voter = visit("professional" if scripts else "professional_3"), visit("professional_2")
    for visitor, kind in ((asker, "live"), (asker, "owed"), (voter, "written")):
        visitor.open(address)
        visitor.fill("Your question", questions[kind])
        perform(visitor, visitor.page.get_by_role("button", name="Ask the question"))
        expect(card(visitor, questions[kind])).to_be_visible()
    perform(voter, card(voter, questions["live"]).get_by_role("button", name="Vote"))
    expect(card(voter, questions["live"])).to_contain_text("Voted")

    host.open(address)
    perform(host, card(host, questions["live"]).get_by_role("button", name="Take up now"))
    expect(host.page.locator("[data-current-body]")).to_have_text(questions["live"])
    perform(host, card(host, questions["live"]).get_by_role("button", name="Answered live"))
    expect(card(host, questions["live"])).to_contain_text("Answered live")
    written = card(host, questions["written"])
    written.get_by_text("Answer in writing").click()
    written.get_by_label("The answer").fill("Channel 36, measured this morning.")
    perform(host, written.get_by_role("button", name="Save the answer"))
    expect(card(host, questions["written"])).to_contain_text("Channel 36")
    host.page.get_by_text("Close the session").click()
    perform(host, host.page.get_by_role("button", name="Close now"))
    expect(host.page.locator("[data-session-state]")).to_have_text(re.compile("closed|over", re.I))

    asker.open(address)
    asker.follow("Read the minutes")
    minutes = asker.page.locator("main")
    expect(minutes).to_contain_text("Channel 36")
    owed = minutes.locator(".list__item", has_text=questions["owed"])
    expect(owed).to_contain_text("owed")
    asker.lead_on(owed.get_by_role("link", name="Followed up in the pool"))
    expect(asker.page.locator("main")).to_contain_text(questions["owed"])


def test_slides_to_search(visit, site, way, tmp_path):
    """6. Slides handed in, cut by page, and the search finds the page; edition to slide."""
    speaker = visit("expert_spa")
    speaker.open("/conferences/ict-conference-2025/reading-the-land-from-above/")
    speaker.follow(re.compile("Hand in"))
    file = tmp_path / "slides.pdf"
    file.write_bytes(pdf(2 if way == "sooner" else 3))
    speaker.fill("Title", f"Second edition, {way}")
    speaker.page.get_by_label("File").set_input_files(file)
    speaker.press("Hand in")
    site.run_tasks()
    speaker.open(speaker.page.url)
    if speaker.scripts:  # it came in pieces, and has a page of its own
        speaker.follow("How far it is")
    expect(speaker.page.locator("main")).to_contain_text(re.compile("ready|pages", re.I))

    reader = visit("operator")
    reader.follow("Conferences", inside=nav_of(reader))
    reader.follow("ICT Conference 2025")
    reader.follow("Keeping two hundred centres online")
    pictures = reader.page.locator(".slide__picture")
    expect(pictures.first).to_be_visible()
    third = reader.page.locator("#page-3 .slide__picture").get_attribute("alt").split(": ", 1)[1]
    search(reader, third, inside="header")
    hit = reader.page.locator('.results a[href$="#page-3"]').first
    reader.lead_on(hit)
    assert reader.page.url.endswith("/keeping-two-hundred-centres-online/#page-3")
    expect(reader.page.locator("#page-3")).to_be_in_viewport()


def test_leaving_begins_with_what_is_held(visit):
    """7. The leaver, and the registrar, see what has to be handed over."""
    for role in ("leaver", "registrar"):
        visitor = visit(role)
        visitor.open(f"/people/{CAST['leaver']['employee_id']}/")
        visitor.follow("What this person holds")
        held = visitor.page.locator(".list__item")
        expect(held.filter(has_text="equest").first).to_be_visible()
        visitor.lead_on(held.get_by_role("link").first)


# --- Pieces of a way ------------------------------------------------------------------------


def nav_of(visitor) -> str:
    """The menu of this width; on a phone it is opened first."""
    if visitor.size[0] >= 960:
        return ".site-nav--wide"
    visitor.page.locator(".menu > summary").click()
    return ".menu"


def search(visitor, text, *, inside="main"):
    area = visitor.page.locator(inside)
    area.get_by_role("searchbox").fill(text)
    visitor.lead_on(area.get_by_role("button", name="Search"))


def perform(visitor, button):
    """A command of the live room: in place with scripts, as a form without."""
    if visitor.scripts:
        button.click()
    else:
        visitor.lead_on(button)


def card(visitor, body):
    return visitor.page.locator(".live-q", has_text=body)


def step(visitor, verb, values=None):
    """One step of a request, its fold opened first where it is closed."""
    panel = visitor.page.locator(".steps")
    label = str(BUTTONS[verb])
    fold = panel.locator("details").filter(has=visitor.page.locator("summary", has_text=label))
    if fold.count() and fold.first.get_attribute("open") is None:
        fold.first.locator("summary").click()
    for field, value in (values or {}).items():
        control = panel.get_by_label(field).locator("visible=true").first
        kind = control.evaluate("control => control.type")
        if kind == "select-one":
            control.select_option(value)
        elif kind in ("checkbox", "radio"):
            control.check()
        else:
            control.fill(value)
    visitor.lead_on(
        panel.get_by_role("button", name=label, exact=True).locator("visible=true").first
    )


def answer_check_question(visitor):
    """The first check question of the unit, answered and told at once."""
    question = visitor.page.locator("form[data-check]").first
    if question.get_by_role("radio").count():
        question.get_by_role("radio").first.check()
    button = question.get_by_role("button", name="Check")
    if visitor.scripts:
        button.click()
        expect(question.get_by_role("status")).to_contain_text("Your answer")
    else:
        visitor.lead_on(button)
        expect(visitor.page.locator("main")).to_contain_text("Your answer")
        visitor.follow("Back to the unit")


def answer_quiz(page):
    """Every question of the sitting, rightly, from the bank that the course came with."""
    with BANK.open("rb") as file:
        bank = {" ".join(item.stem.split()): item for item in formats.read(file, form="gift")}
    slots = page.locator("li[data-slot]")
    for place in range(slots.count()):
        slot = slots.nth(place)
        heading = slot.locator("legend, label").first.inner_text()
        answer(slot, bank[" ".join(heading.split())])


def answer(slot, item):
    if item.type == "matching":
        for left, right in item.content["pairs"]:
            slot.get_by_label(left, exact=True).select_option(right)
    elif item.type == "true_false":
        slot.get_by_label("True" if item.content["answer"] else "False", exact=True).check()
    elif item.type == "numerical":
        slot.get_by_role("textbox").fill(item.content["answers"][0]["low"])
    else:
        right = [row["text"] for row in item.content["answers"] if float(row["fraction"]) > 0]
        if item.type == "short_answer":
            slot.get_by_role("textbox").fill(right[0])
        for text in right if item.type != "short_answer" else ():
            slot.get_by_label(text, exact=True).check()
