"""Every job of forum, pools and desk by keyboard alone on a phone, with scripts and without.

Asking with what was said before, answering and accepting are in test_asking.py.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.visitor import press, tab_to, write

pytestmark = pytest.mark.browser
CERTIFICATE = "Community centre operator"


@pytest.fixture
def phone(visit):
    """A function that gives a visitor of the cast with a phone."""

    def as_role(key):
        visitor = visit(key)
        visitor.size = (360, 740)
        visitor.page.set_viewport_size({"width": 360, "height": 740})
        return visitor

    return as_role


def button(visitor, name):
    return visitor.page.locator("main").get_by_role("button", name=name, exact=True).first


def link(visitor, name):
    return visitor.page.locator("main").get_by_role("link", name=name).first


def choose(visitor, label):
    """A radio button or box; arrows lead on inside a group of radio buttons."""
    wanted = visitor.page.locator("main").get_by_label(label).first
    if wanted.get_attribute("type") == "checkbox":
        tab_to(visitor.page, wanted)
        visitor.page.keyboard.press("Space")
        return
    group = visitor.page.locator(f'main input[name="{wanted.get_attribute("name")}"]')
    tab_to(visitor.page, group.first)
    visitor.page.keyboard.press("Space")
    for _other in range(group.count()):
        if wanted.is_checked():
            return
        visitor.page.keyboard.press("ArrowDown")
    raise AssertionError(f"{label} is not reached.")


def step(visitor, name, text=None):
    """One step of a request: opened, filled, pressed."""
    form = visitor.page.locator(".steps details", has_text=name).filter(
        has=visitor.page.get_by_role("button", name=name, exact=True)
    )
    summary = visitor.page.locator(".steps summary").get_by_text(name, exact=True)
    tab_to(visitor.page, summary)
    visitor.page.keyboard.press("Enter")
    if text:
        tab_to(visitor.page, form.locator("textarea").first)
        visitor.page.keyboard.type(text)
    press(visitor, form.get_by_role("button", name=name, exact=True))


def test_a_question_lives_on(phone, scripts):
    """Asked, shared by others, watched, flagged, edited and brought back as it was."""
    way = "with" if scripts else "without"
    asker = phone("professional")
    asker.open("/forum/pools/")
    press(asker, link(asker, "Space Technology"))
    press(asker, link(asker, "Ask a question"))
    write(asker, "What is it about?", f"Which antenna points at nothing, {way} scripts?")
    write(asker, "Text", "It turns and hears nothing.")
    press(asker, button(asker, "Ask"))
    if "Nothing is posted yet" in asker.page.locator("main").inner_text():
        press(asker, button(asker, "Ask"))
    topic = asker.page.url

    reader = phone("professional_2")
    reader.open(topic)
    press(reader, button(reader, "I have this too"))
    same = reader.page.get_by_role("button", name="I have this too (1 in 1 agencies)")
    expect(same).to_have_attribute("aria-pressed", "true")
    press(reader, button(reader, "Watch"))
    expect(button(reader, "Watching")).to_have_attribute("aria-pressed", "true")
    press(reader, reader.page.locator(".post").first.get_by_role("link", name="Flag"))
    choose(reader, "Advertising or spam")
    press(reader, button(reader, "Flag"))
    expect(reader.page.locator("main")).to_contain_text("Flagged.")

    asker.open(topic)
    press(asker, asker.page.locator(".post").first.get_by_role("link", name="Edit"))
    tab_to(asker.page, asker.page.get_by_label("Text", exact=True))
    asker.page.keyboard.press("Control+End")
    asker.page.keyboard.type(" Since the storm.")
    press(asker, button(asker, "Keep the change"))
    expect(asker.page.locator(".post").first).to_contain_text("Since the storm.")
    press(asker, asker.page.locator(".post").first.get_by_role("link", name="edited"))
    press(asker, button(asker, "Bring version 1 back"))
    asker.open(topic)
    expect(asker.page.locator(".post").first).not_to_contain_text("Since the storm.")


def test_a_pool_is_joined_and_left_and_its_expert_is_away(phone, scripts):
    member = phone("professional_3")
    member.open("/forum/pools/")
    press(member, link(member, "Space Technology"))
    press(member, button(member, "Join the pool"))
    press(member, button(member, "Leave the pool"))
    expect(button(member, "Join the pool")).to_be_visible()

    expert = phone("expert_pm" if scripts else "expert_sad")
    expert.open("/forum/serving/")
    today = timezone.localdate()
    for label, day in (
        ("Away from", today),
        ("Up to and including", today + timedelta(days=2)),
    ):
        tab_to(expert.page, expert.page.get_by_label(label))
        expert.page.keyboard.type(day.strftime("%m%d%Y"))
    press(expert, button(expert, "Add"))
    away = expert.page.locator("#away + ul")
    expect(away).to_contain_text(str(today.year))
    press(expert, away.get_by_role("button").first)
    expect(away).to_contain_text("Not as far as is known.")


def test_a_certificate_makes_an_expert(phone, scripts):
    """The lead names the certificate, its holder joins with one button."""
    pool, key = ("Security", "lead_sec") if scripts else ("Space Technology", "lead_spa")
    lead = phone(key)
    lead.open("/forum/pools/")
    press(lead, link(lead, pool))
    press(lead, link(lead, "All people of this pool"))
    press(lead, link(lead, "Who may join as expert by a certificate"))
    tab_to(lead.page, lead.page.get_by_label("Certificate", exact=True))
    lead.page.keyboard.type(CERTIFICATE)
    press(lead, button(lead, "Add"))
    expect(lead.page.locator("main .list")).to_contain_text(CERTIFICATE)

    holder = phone("operator_2")
    holder.open("/forum/pools/")
    press(holder, link(holder, pool))
    expect(holder.page.locator("main")).to_contain_text("You hold what this pool asks")
    press(holder, button(holder, "Serve as expert"))
    expect(holder.page.locator("main")).to_contain_text(f"You serve in {pool} as expert.")


def test_a_request_from_intake_to_sign_off(phone, scripts):
    title = f"Move the office router, {'with' if scripts else 'without'} scripts"
    asker = phone("professional_3")
    asker.open("/desk/file/")
    tab_to(asker.page, asker.page.get_by_label("Which pool?"))
    asker.page.keyboard.type("Net")
    write(asker, "What is needed?", title)
    write(asker, "What happens, what was tried, what do you need?", "It stands in the sun.")
    press(asker, button(asker, "File the request"))
    expect(asker.page.locator("main")).to_contain_text("Receipt")
    request = asker.page.url

    press(asker, link(asker, "Add or take away files"))
    field = asker.page.get_by_label("Pictures and logs")
    tab_to(asker.page, field)
    field.set_input_files({"name": "router.log", "mimeType": "text/plain", "buffer": b"too hot"})
    press(asker, button(asker, "Add"))
    expect(asker.page.locator("#files").locator("..")).to_contain_text("router.log")

    expert = phone("expert_net")
    expert.open("/desk/?tab=queue")
    press(expert, link(expert, title))
    file = link(expert, "router.log")
    tab_to(expert.page, file)
    with expert.page.expect_download() as fetched:
        expert.page.keyboard.press("Enter")
    assert fetched.value.path().read_text() == "too hot"
    press(expert, button(expert, "Claim it"))
    step(expert, "Begin work")
    write(expert, "Message", "We come at noon.")
    press(expert, button(expert, "Send"))
    step(expert, "Deliver", "It stands in the shade.")
    expect(expert.page.locator("#delivered")).to_be_visible()

    asker.open(request)
    expect(asker.page.locator("main")).to_contain_text("We come at noon.")
    step(asker, "Sign off")
    expect(asker.page.locator("main")).to_contain_text("signed it off")
