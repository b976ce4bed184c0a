"""Flag, decide, appeal; be away, be found: by hand, with and without scripts."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
TWO_MORE_FLAGS = """
import json, sys
from forums.models import Post
from moderation.services import flag
from people.models import User
post = Post.objects.get(pk=sys.argv[1])
for name in ("ICT0239", "ICT0231"):
    flag("post", post.pk, person=User.objects.get(employee_id=name), why="spam")
print(json.dumps(post.topic.get_absolute_url()))
"""


def test_a_text_is_flagged_hidden_decided_and_appealed(visit, site, scripts):
    words = f"Buy routers from me, {'sooner' if scripts else 'later'}."
    author = visit("professional")
    author.open("/forum/pools/")
    author.follow("Networking")
    author.page.locator("main .list__title").first.click()
    author.fill("Text", words)
    author.press("Reply", exact=True)
    topic = author.page.url
    reader = visit("operator")
    reader.open(topic)
    article = reader.page.locator("article", has_text=words)
    reader.lead_on(article.get_by_role("link", name="Flag"))
    reader.page.get_by_label("Advertising or spam").check()
    reader.press("Flag")
    expect(reader.page.locator("main")).to_contain_text("Flagged.")
    reader.lead_on(article.get_by_role("link", name="Flag"))
    post = reader.page.url.rstrip("/").rsplit("/", 1)[1]
    site.told(TWO_MORE_FLAGS, post)
    reader.expected = {404}
    reader.open(topic)
    expect(reader.page.locator("main")).not_to_contain_text(words)
    expect(reader.page.locator("main")).to_contain_text("Hidden until the pool has looked at it.")

    lead = visit("lead_net")
    lead.open("/me/pools/")
    lead.follow("flagged text")
    lead.lead_on(lead.page.locator("main .list__title").last)
    lead.press("Take it up", exact=False)
    lead.page.get_by_label("Hide:").check()
    lead.fill("Reason, for the author", "We sell nothing here.")
    lead.press("Decide", exact=True)
    expect(lead.page.get_by_role("button", name="Undo the decision")).to_be_visible()
    lead.open("/moderation/?show=decided")

    author.open("/moderation/mine/")
    author.lead_on(author.page.locator("main .list__title").first)
    expect(author.page.locator("main")).to_contain_text("We sell nothing here.")
    author.fill("Why should it be shown?", "They are for free.")
    author.press("Appeal")
    expect(author.page.locator("main")).to_contain_text("They are for free.")


def test_an_expert_says_when_they_are_away_and_is_found_so(visit, scripts):
    expert = visit("expert_net" if scripts else "expert_sec")
    name = expert.page.locator("footer").get_by_role("link").first.inner_text()
    expert.open("/forum/serving/")
    expert.page.get_by_label("Dzongkha", exact=True).check()
    expert.fill("Hours a week", "4")
    expert.press("Keep")
    today = timezone.localdate()
    expert.fill("Away from", today.isoformat())
    expert.fill("Up to and including", (today + timedelta(days=3)).isoformat())
    expert.press("Add")
    asker = visit("professional")
    asker.open("/forum/experts/")
    asker.page.get_by_label("Language").select_option(label="Dzongkha")
    asker.press("Show")
    row = asker.page.locator("main .list__item", has_text=name)
    expect(row).to_contain_text("away, back on")
    asker.page.get_by_label("Free now").check()
    asker.press("Show")
    expect(asker.page.locator("main")).not_to_contain_text(name)
    asker.open("/forum/pools/")
    asker.follow("Networking")
    asker.follow("How the pool stands")
    expert.open("/me/pools/")


def test_a_moderator_silences_and_the_log_says_so(visit, scripts):
    administrator = visit("administrator")
    person = "OPR053" if scripts else "OPR015"
    administrator.open(f"/moderation/people/{person}/")
    administrator.page.get_by_label("Silenced").check()
    until = timezone.localtime() + timedelta(hours=1)
    administrator.fill("Until", until.strftime("%Y-%m-%dT%H:%M"))
    administrator.fill("Reason, for the person", "To see what it looks like.")
    administrator.press("Keep")
    administrator.press("Lift", exact=False)
    administrator.open("/moderation/log/")
    expect(administrator.page.locator("main")).to_contain_text("restriction lifted")
