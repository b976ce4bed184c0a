"""What a page weighs on the wire, the first time and again; and the Dzongkha font."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser
KILOBYTE = 1024
MOST_REQUESTS = 8
AGAIN = 5  # KB beside the HTML, on a repeat visit
FIFTY_POSTS = """
import uuid
from forums.models import Topic
from forums.services import reply
from people.models import User
topic = Topic.objects.filter(pool__code="NET").earliest("created")
people = list(User.objects.filter(is_active=True)[:20])
for number in range(topic.posts.count(), 50):
    reply(topic, author=people[number % 20], cid=uuid.uuid4(),
             body=f"Reply {number}: " + "look at the cable, then at the lease. " * 12)
print(topic.get_absolute_url())
"""


@dataclass
class Traffic:
    """Bytes on the wire, by kind of resource, as Chromium counted them."""

    sizes: list[tuple[str, str, int]] = field(default_factory=list)

    def of(self, *kinds: str) -> float:
        return sum(size for kind, _path, size in self.sizes if kind in kinds) / KILOBYTE

    def beside(self, *kinds: str) -> float:
        return sum(size for kind, _path, size in self.sizes if kind not in kinds) / KILOBYTE

    def __str__(self) -> str:
        return "\n".join(
            f"{kind} {path} {size / KILOBYTE:.1f} KB" for kind, path, size in self.sizes
        )


def load(visitor: Visitor, path: str, *, cold: bool = False) -> Traffic:
    """Open a page and count until nothing more comes; `cold`: as on a first visit."""
    client = visitor.context.new_cdp_session(visitor.page)
    client.send("Network.enable")
    if cold:
        client.send("Network.clearBrowserCache")
    asked, traffic = {}, Traffic()

    def sent(event):
        asked[event["requestId"]] = (event.get("type", ""), event["request"]["url"])

    def finished(event):
        kind, url = asked.get(event["requestId"], ("", "data:"))
        if not url.startswith("data:") and event["encodedDataLength"]:
            traffic.sizes.append((kind, urlsplit(url).path, int(event["encodedDataLength"])))

    client.on("Network.requestWillBeSent", sent)
    client.on("Network.loadingFinished", finished)
    visitor.page.goto(path, wait_until="networkidle")
    client.detach()
    return traffic


@pytest.fixture
def stranger(site, chromium, cookies):
    """A function that gives somebody whose browser has never been here."""
    opened = []

    def as_role(employee_id: str | None = None) -> Visitor:
        visitor = Visitor(chromium, site, scripts=True)
        opened.append(visitor)
        if employee_id:
            visitor.sign_in(employee_id)
            signed_in = visitor.context.cookies()
            visitor = Visitor(chromium, site, scripts=True, cookies=signed_in)
            opened.append(visitor)
        return visitor

    yield as_role
    for visitor in opened:
        visitor.close()


def check(visitor, path, *, first: float, media: tuple[str, ...] = ()):
    cold = load(visitor, path)
    assert cold.beside(*media) <= first, cold
    assert len([kind for kind, *_rest in cold.sizes if kind not in media]) <= MOST_REQUESTS, cold
    again = load(visitor, path)
    assert again.beside("Document") <= AGAIN, again


def test_sign_in(stranger):
    check(stranger(), "/accounts/login/", first=30)


def test_my_page(stranger):
    check(stranger("ICT0061"), "/me/", first=60)


def test_a_lesson_without_its_pictures(stranger):
    path = "/courses/running-a-community-centre/opening-and-closing/"
    check(stranger("OPR015"), path, first=40, media=("Image",))


def test_a_topic_of_fifty_posts(stranger, site):
    path = site.run(FIFTY_POSTS).split()[-1]
    check(stranger("ICT0244"), path, first=60)


def fonts_of(traffic: Traffic) -> list[str]:
    return [path for kind, path, _size in traffic.sizes if kind == "Font"]


def test_the_dzongkha_font_comes_only_where_dzongkha_is_shown(stranger):
    visitor = stranger("ICT0061")
    assert fonts_of(load(visitor, "/competencies/")) == []
    traffic = load(visitor, "/people/OPR015/")
    assert fonts_of(traffic) == ["/static/fonts/commons-dzongkha.woff2"]
    assert traffic.of("Font") <= 38, traffic
    assert fonts_of(load(visitor, "/people/OPR015/")) == []


def test_stacks_of_letters_have_room(stranger):
    """The font's letters reach 1.86 em from top to bottom: the line is at least as high."""
    visitor = stranger("ICT0061")
    visitor.open("/people/OPR015/")
    rows = visitor.page.locator("[lang=dz]").evaluate_all(
        """nodes => nodes.map(node => {
            const style = getComputedStyle(node);
            const hides = node.closest("main").querySelector("h1");
            return [parseFloat(style.lineHeight) / parseFloat(style.fontSize),
                    getComputedStyle(hides).overflow,
                    document.fonts.check(`${style.fontSize} "Commons Dzongkha"`, node.textContent)];
        })"""
    )
    assert rows
    for height, overflow, loaded in rows:
        assert height >= 1.86
        assert overflow == "visible"
        assert loaded


def test_a_live_session(stranger):
    visitor = stranger("ICT0061")
    visitor.open("/live/")
    title = visitor.page.get_by_role("link", name="Open hour").first
    check(visitor, title.get_attribute("href"), first=40)
