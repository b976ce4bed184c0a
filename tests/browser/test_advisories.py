"""An advisory is written, answered and followed by hand, with and without scripts."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_an_advisory_is_written_answered_and_followed(visit, scripts):
    lead, words = visit("lead_sec"), f"Renew your certificates {'now' if scripts else 'soon'}"
    lead.open("/desk/")
    lead.follow("Advisories")
    lead.follow("Write an advisory")
    lead.page.get_by_label("In whose name?").select_option(index=1)
    lead.fill("What is asked?", words)
    lead.page.get_by_label("A patch to apply").check()
    lead.fill("Why, what is to be done, and how is it checked?", "They end this month.")
    lead.fill("Answers until", (timezone.localdate() + timedelta(days=10)).isoformat())
    lead.press("Send it to all of them")
    advisory = lead.page.url

    officer = visit("professional")
    officer.open("/me/")
    officer.follow(words)
    officer.page.get_by_label("Not applicable", exact=True).check()
    officer.expected = {422}
    officer.press("Say it")
    expect(officer.page.locator("main")).to_contain_text("Say why it does not apply.")
    officer.fill("Note; for “not applicable”, the reason", "We have no certificate.")
    officer.press("Say it")
    expect(officer.page.locator("main")).to_contain_text("Noted: Not applicable.")

    lead.open(advisory)
    lead.follow("What became of it")
    lead.follow("Done or not applicable: 1")
    expect(lead.page.locator("main .list__item")).to_contain_text("We have no certificate.")
    lead.open(advisory)
    lead.page.get_by_text("Withdraw the advisory").click()
    lead.fill("Why is it withdrawn?", "They last a year longer.")
    lead.press("Withdraw it")
    officer.open(advisory)
    expect(officer.page.locator("main")).to_contain_text("They last a year longer.")
