"""What a refusal looks like: it says why, keeps what was typed, and leads on."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_pages_that_are_not_for_me_say_why_and_lead_on(visit, scripts):
    visitor = visit("professional")
    visitor.expected = {403, 404}
    for address, reason in (
        ("/there-is-nothing-here/", "The search finds what you may read."),
        ("/people/registry/", "The registry is kept by the registrar."),
    ):
        visitor.open(address)
        expect(visitor.page.locator("main")).to_contain_text(reason)
        if scripts:
            visitor.look_closely()
        visitor.follow("Go to my page")


def test_a_question_that_is_refused_keeps_its_text(visit, scripts):
    visitor = visit("professional")
    visitor.expected = {422}
    visitor.open("/forum/pools/")
    visitor.follow("Networking")
    visitor.follow("Ask a question")
    visitor.fill("What is it about?", "Too short")
    visitor.fill("Text", "རྫོང་ཁ་ and what I tried for an hour.")
    visitor.fill("Tags", "one, two, three, four, five, six")
    visitor.press("Ask")
    page = visitor.page
    expect(page.get_by_role("alert")).to_contain_text("What you typed is still here")
    expect(page.get_by_label("Text")).to_have_value("རྫོང་ཁ་ and what I tried for an hour.")
    field = page.get_by_label("Tags")
    described = field.get_attribute("aria-describedby").split()
    assert any(name.endswith("_error") for name in described)
    assert field.get_attribute("aria-invalid") == "true"
    if scripts:
        visitor.look_closely()
