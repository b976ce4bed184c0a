"""Programmes and meetings in a browser: with scripts and axe, and at 360 px without."""

import pytest

pytestmark = pytest.mark.browser
EDITION = "/conferences/ict-conference-2025/"
MEETING = "/meetings/ict-heads-2026-09/"
KEEPERS_PAGES = {
    "edition": EDITION,
    "day": f"{EDITION}?day=2025-10-16",
    "talk": f"{EDITION}opening-services-that-go-on/",
    "track": f"{EDITION}tracks/plenary/",
    "speakers": f"{EDITION}speakers/",
    "release": f"{EDITION}releases/1/",
    "releases": f"{EDITION}releases/",
    "import": f"{EDITION}import/",
    "edit": f"{EDITION}edit/",
    "edit-talk": f"{EDITION}opening-services-that-go-on/edit/",
    "mine": f"{EDITION}mine/",
    "without-slides": f"{EDITION}without-slides/",
    "participants": f"{EDITION}participants/",
    "proposals-of-mine": "/conferences/proposals/",
    "call": "/conferences/ict-conference-2027/call/",
    "proposals": "/conferences/ict-conference-2027/proposals/",
    "meeting": MEETING,
    "meeting-next": "/meetings/ict-heads-2026-12/",
    "agenda": f"{MEETING}agenda/",
    "paper": f"{MEETING}papers/",
    "attendance": f"{MEETING}attendance/",
    "meetings": "/meetings/",
    "actions": "/actions/",
}


def test_the_pages_of_who_keeps_programmes_and_meetings(visit):
    keeper = visit("registrar")
    for address in KEEPERS_PAGES.values():
        keeper.open(address)
    keeper.open("/conferences/ict-conference-2027/proposals/")
    keeper.follow("Batteries before lines")
    keeper.open(f"{EDITION}import/")
    keeper.follow("schedule.xml", exact=True)


def test_two_versions_of_a_passage_stand_side_by_side(visit):
    keeper, other = visit("registrar"), visit("administrator")
    for who in (keeper, other):
        who.open("/meetings/ict-heads-2026-12/minutes/")
    for who, text in ((keeper, "Agreed: two sets."), (other, "Agreed: six sets.")):
        box = who.page.get_by_label("Minutes")
        box.fill(f"{box.input_value()}\n{text}" if box.input_value() else f"Agreed: sets.\n{text}")
        who.press("Save the minutes")
    keeper.open("/meetings/ict-heads-2026-12/minutes/")
    keeper.open("/meetings/ict-heads-2026-12/minutes/versions/")
    for text in ("two sets", "six sets"):
        assert text in keeper.page.locator("main").inner_text()
