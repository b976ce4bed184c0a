"""Handing in materials in a browser: in pieces with scripts, by the plain form without."""

import os
import re

import pytest
from playwright.sync_api import expect

from tests.factories.events import large_pdf

pytestmark = pytest.mark.browser
TALK = "/conferences/ict-conference-2025/keeping-two-hundred-centres-online/"
SIZE = 3 * 2**20


def shoot(visitor, name: str) -> None:
    """A picture to look at, where SCREENS names a folder."""
    if folder := os.environ.get("SCREENS"):
        width = visitor.page.viewport_size["width"]
        visitor.page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


def test_a_speaker_hands_in_and_a_guest_by_a_private_link(visit, scripts, tmp_path):
    keeper, guest = visit("registrar"), visit()
    keeper.open(f"{TALK}materials/")
    keeper.page.get_by_label("Private link for").select_option(index=1)
    keeper.press("Make a link")
    links = keeper.page.locator("a[href*='/hand-in/']")
    assert links.count() >= 1
    shoot(keeper, "materials")
    guest.open(links.first.get_attribute("href"))
    page = guest.page
    content = large_pdf(SIZE + scripts)  # of each run another one
    (tmp_path / "talk.pdf").write_bytes(content)
    page.get_by_label("What is it?").select_option("paper")
    page.get_by_label("Title").fill(f"Paper {scripts}")
    page.get_by_label("File").set_input_files(tmp_path / "talk.pdf")
    shoot(guest, "hand-in")
    sent = []
    if scripts:  # the line is cut at the third piece
        guest.expected |= {503}

        def cut(route):
            if route.request.method == "PATCH":
                sent.append(int(route.request.headers["upload-offset"]))
                if len(sent) == 3:
                    return route.fulfill(status=503)
            return route.continue_()

        page.route("**/uploads/**", cut)
    page.get_by_role("button", name="Hand in").click()
    if scripts:
        page.wait_for_url(re.compile(r"/uploads/[0-9a-f-]{36}/"))
        expect(page.locator("[role=status]")).to_contain_text("3.0 MB of 3.0 MB")
        assert sent[2] == sent[3]  # it went on where it stopped
    expect(page.locator("main")).to_contain_text("arrived" if scripts else "is kept as version 1")
    shoot(guest, "handed-in")


def test_a_transcript_is_read_and_corrected(visit, site, scripts, tmp_path):
    speaker, reader = visit("expert_spa"), visit("professional")
    talk = "/conferences/ict-conference-2025/reading-the-land-from-above/"
    (tmp_path / "t.vtt").write_text(f"WEBVTT\n\n00:03.000 --> 00:05.000\nཐིམ་ཕུག run {scripts}\n")
    speaker.open(f"{talk}slides/?kind=transcript&title=Spoken")
    speaker.page.get_by_label("File").set_input_files(tmp_path / "t.vtt")
    with speaker.page.expect_navigation(url=re.compile("uploads|materials/")):
        speaker.page.get_by_role("button", name="Hand in").click()
    site.run_tasks()
    if scripts:
        speaker.open(speaker.page.url)
        expect(speaker.page.locator(".page-head .status")).to_have_text("kept")
    reader.open(f"{talk}recording/")
    shoot(reader, "transcript")
    reader.follow(re.compile("^Correct"))
    shoot(reader, "correct")
    reader.fill("What is really said", f"Punakha {scripts}")
    reader.press("Send")
    speaker.open(f"{talk}recording/corrections/")
    shoot(speaker, "corrections")
    speaker.press(re.compile(f"Take it.*Punakha {scripts}"))
    reader.open(f"{talk}recording/")
    assert f"Punakha {scripts}" in reader.page.locator("main").inner_text()
