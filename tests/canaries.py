"""One string in every kind of restricted thing, and which roles of the crawl may read it.

Everything is of an outsider, who has none of the roles, and neither the oldest nor the newest of
its kind: what the crawl opens stays what it was. All texts hold `BAIT` too, a word to search for,
so that a page that repeats what was searched gives nothing away.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from certification.models import Credential
from desk import attaching as request_files
from desk import services as desk
from desk import talking
from desk.advisories import services as advisories
from events.models import Material, Proposal, Resource, SlidePage
from events.schedule.services import release
from forums import attaching, serving
from forums import services as forums
from forums.models import ExpertPool, Topic
from live.models import Session
from moderation import services as moderation
from moderation.models import Case
from moderation.restricting import restrict
from notifications.services import notify
from people.models import Audience, User
from tests.factories.certification import by_two, issued
from tests.factories.certification import scheme as make_scheme
from tests.factories.courses import course
from tests.factories.events import EditionFactory, MeetingFactory, TalkFactory
from tests.factories.forums import pool as make_pool
from tests.factories.live import ask, make_session
from tests.factories.people import PersonFactory, professional, registrar

BAIT = "zqbait"
MEANWHILE = datetime(2026, 3, 1, tzinfo=UTC)  # the starter content began before, and went on
NOBODY: frozenset[str] = frozenset()
KEEPERS = frozenset({"registrar", "administrator"})
ADMINISTRATOR = frozenset({"administrator"})
PARENT_AGENCY = frozenset({"registrar", "administrator"})
SERVES_NET = frozenset({"expert", "lead", "host", "leaver"})
JUDGES_NET = frozenset({"lead", "administrator"})
LOOK_AFTER_COURSES = frozenset({"author", "registrar", "administrator"})


@dataclass(frozen=True)
class Canary:
    kind: str
    roles: frozenset[str]  # who may read it
    addresses: tuple[str, ...] = ()  # where it can be read by whoever may

    @property
    def text(self) -> str:
        return f"zq{self.kind.replace(' ', '')}{len(self.kind)}qz"

    @property
    def words(self) -> str:
        return f"{BAIT} {self.text}"


class Plants:
    """Makes the things, and keeps what each is called and where it lies."""

    def __init__(self) -> None:
        self.canaries: list[Canary] = []
        self.owner = professional(person=PersonFactory(employee_id="ZQ0001", name="Outside Person"))
        self.only_owner = Audience.objects.of(f"person:{self.owner.pk}")
        self.net = ExpertPool.objects.get(code="NET")
        self.closed = make_pool("ZQC", audience=(f"person:{self.owner.pk}",))

    def plant(
        self, kind: str, roles: frozenset[str], make: Callable[[str], tuple[str, ...] | None]
    ) -> None:
        words = Canary(kind, roles).words
        self.canaries.append(Canary(kind, roles, make(words) or ()))

    def ask(self, words: str, **fields) -> Topic:
        return forums.ask(
            **{"pool": self.net, "author": self.owner, "title": words, "body": words}
            | {"cid": uuid.uuid4(), "at": MEANWHILE, "tell": False, "limited": False}
            | fields
        )


def leaks(content: bytes, role: str, canaries: list[Canary]) -> list[str]:
    """The kinds of restricted things of which `role` may read nothing, and that `content` holds."""
    return [
        f"shows a {canary.kind}"
        for canary in canaries
        if role not in canary.roles and canary.text.encode() in content
    ]


def plant_all() -> list[Canary]:
    plants = Plants()
    _forum(plants)
    _moderation(plants)
    _desk(plants)
    _live(plants)
    _others(plants)
    return plants.canaries


def _forum(plants: Plants) -> None:
    def closed_topic(words):
        topic = plants.ask(words, audience=plants.only_owner, tags=[words.split()[1]])
        return (topic.get_absolute_url(), f"/forum/tags/{words.split()[1]}/feed/")

    def closed_reply(words):
        topic = plants.ask("Asked behind doors", audience=plants.only_owner)
        forums.reply(
            topic, author=plants.owner, body=words, cid=uuid.uuid4(), tell=False, at=MEANWHILE,
            limited=False,
        )  # fmt: skip
        return (topic.get_absolute_url(),)

    def closed_file(words):
        topic = plants.ask("With a file", audience=plants.only_owner)
        post = topic.posts.get()
        row = attaching.attach(post, [("secret.log", words.encode())], by=plants.owner)[0]
        return (f"/forum/attachments/{row.pk}/", f"/forum/attachments/{row.pk}/file/")

    def old_version(words):
        topic = plants.ask("An old version", audience=plants.only_owner)
        post = topic.posts.get()
        forums.edit_post(post, by=plants.owner, body=words, revision=1)
        forums.edit_post(post, by=plants.owner, body="Clean again", revision=2)
        return (f"/forum/posts/{post.pk}/history/",)

    def closed_pool(words):
        plants.closed.intro = f"<p>{words}</p>"
        plants.closed.save()
        return (plants.closed.address,)

    def absence(words):
        day = timezone.localdate()
        serving.add_absence(plants.owner, starts=day, ends=day, reason=words)
        return ("/forum/serving/",)

    plants.plant("closed topic", NOBODY, closed_topic)
    plants.plant("closed reply", NOBODY, closed_reply)
    plants.plant("closed file", NOBODY, closed_file)
    plants.plant("old version", NOBODY, old_version)
    plants.plant("closed pool", NOBODY, closed_pool)
    plants.plant("absence reason", NOBODY, absence)


def _moderation(plants: Plants) -> None:
    def flagged(words, *, note="") -> tuple[Topic, Case]:
        topic = plants.ask(words)
        for _number in range(3):
            moderation.flag(
                "post", topic.posts.get().pk, person=professional(), why="abuse", note=note
            )
        return topic, Case.objects.get(kind="post", subject=topic.posts.get().pk)

    def hidden(words):
        topic, case = flagged(words)
        post = topic.posts.get()
        return (topic.get_absolute_url(), case.get_absolute_url(), f"/forum/posts/{post.pk}/edit/")

    def redacted(words):
        topic, case = flagged(words)
        by = User.objects.filter(is_superuser=True).first()
        moderation.decide(case, "redact", by=by, reason="It must go.")
        return (topic.get_absolute_url(), case.get_absolute_url(), "/forum/feed/")

    def note(words):
        _topic, case = flagged("Something flagged", note=words)
        return (case.get_absolute_url(),)

    def restriction(words):
        person = professional()
        restrict(
            person,
            kind="silence",
            until=timezone.now() + timedelta(days=1),
            reason=words,
            by=User.objects.filter(is_superuser=True).first(),
        )
        return (f"/moderation/people/{person.employee_id}/", "/moderation/log/")

    plants.plant("hidden question", SERVES_NET | ADMINISTRATOR, hidden)
    plants.plant("redacted question", NOBODY, redacted)
    plants.plant("note of a flag", JUDGES_NET, note)
    plants.plant("restriction", ADMINISTRATOR, restriction)


def _desk(plants: Plants) -> None:
    pool = make_pool("ZQD")
    expert = professional()
    pool.memberships.create(person=expert, role="expert")
    filed = {"pool": pool, "requester": plants.owner, "at": MEANWHILE, "tell": False}
    filed["limited"] = False

    def request(words):
        row = desk.file_request(title=words, body=words, cid=uuid.uuid4(), **filed)
        return (row.get_absolute_url(), "/desk/?tab=queue", "/desk/?tab=agency")

    def deliverable(words):
        row = desk.file_request(title="Filed", body="Filed", cid=uuid.uuid4(), **filed)
        row = desk.claim(row, by=expert, at=MEANWHILE, tell=False)
        row = desk.move(row, "start", by=expert, at=MEANWHILE, tell=False)
        desk.deliver(row, by=expert, deliverable=words, hours=None, at=MEANWHILE, tell=False)
        return (row.get_absolute_url(),)

    def request_file(words):
        row = desk.file_request(title="With a file", body="A file", cid=uuid.uuid4(), **filed)
        files = [(f"{words}.log", words.encode())]
        file = request_files.attach(row, files, by=plants.owner, tell=False)[0]
        return (row.get_absolute_url(), f"/desk/{row.pk}/files/", f"/desk/files/{file.pk}/")

    def advisory(words):
        row = advisories.issue(
            by=User.objects.filter(is_superuser=True).first(),
            title=words,
            body=words,
            kind="warning",
            due=timezone.localdate() + timedelta(days=90),
            agencies=[plants.owner.open_posting.organisation],
            restricted=True,
            cid=uuid.uuid4(),
            at=MEANWHILE,
        )
        addressee = row.addressees.get()
        fields = {"by": plants.owner, "state": "seen", "reason": words, "cid": uuid.uuid4()}
        advisories.answer(addressee, **fields)
        address = row.get_absolute_url()
        return (address, f"{address}coverage/", f"{address}coverage.csv", "/desk/advisories/")

    def message(words):
        closed = {"title": "Closed", "body": "Closed", "confidential": True}
        row = desk.file_request(cid=uuid.uuid4(), **closed, **filed)
        row = desk.claim(row, by=expert, at=MEANWHILE, tell=False)
        said = talking.say(row, by=expert, body=words, cid=uuid.uuid4(), at=MEANWHILE, tell=False)
        moderation.flag("message", said.pk, person=plants.owner, why="abuse", note=words)
        case = Case.objects.get(kind="message", subject=said.pk)
        return (row.get_absolute_url(), case.get_absolute_url(), "/moderation/log/")

    plants.plant("flagged message", ADMINISTRATOR, message)
    plants.plant("restricted advisory", PARENT_AGENCY, advisory)
    plants.plant("request", ADMINISTRATOR, request)
    plants.plant("request file", ADMINISTRATOR, request_file)
    plants.plant("deliverable", ADMINISTRATOR, deliverable)


def _live(plants: Plants) -> None:
    start = MEANWHILE + timedelta(days=1)
    old = {"starts": start, "ends": start + timedelta(hours=1), "pool": plants.net}

    def addresses(session: Session) -> tuple[str, ...]:
        ways = ("", "snapshot", "minutes/", "minutes.md", "minutes.csv", "projector/")
        return tuple(f"{session.get_absolute_url()}{way}" for way in ways)

    def closed(words):
        session = make_session(audience=f"person:{plants.owner.pk}", title=words, **old)
        return addresses(session)

    def closed_question(words):
        session = make_session(audience=f"person:{plants.owner.pk}", **old)
        ask(session, plants.owner, f"{words} in a closed session?")
        return addresses(session)

    def anonymous(words):
        asker = PersonFactory(name=words)  # without a posting: in no directory
        session = make_session(names="anonymous", **old)
        ask(session, asker, "Asked without a name?", name_mode="anonymous")
        return addresses(session)

    def unapproved(words):
        session = make_session(moderated=True, **old)
        ask(session, plants.owner, f"{words} before a host has looked?")
        return addresses(session)

    plants.plant("closed session", NOBODY, closed)
    plants.plant("closed question", NOBODY, closed_question)
    plants.plant("anonymous asker", NOBODY, anonymous)
    plants.plant("unapproved question", NOBODY, unapproved)


def _others(plants: Plants) -> None:
    def notice(words):
        notify([plants.owner], event="zq:1", title=words, reason=words, url="/me/")
        return ("/notices/", "/me/")

    def withheld(words):
        holder = professional(person=PersonFactory(name=words))
        of = make_scheme(course(title="A course"), competency=False)
        credential: Credential = issued(holder, of=of)
        by_two("withhold", credential=credential)
        User.objects.filter(pk=holder.pk).update(name="Somebody Else")
        User.objects.get(pk=holder.pk).save()  # the search document follows
        return (credential.get_absolute_url(), f"/check/{credential.serial}/")

    def closed_course(words):
        page = course(title=words, audience=(f"person:{plants.owner.pk}",))
        return (page.url, "/learn/care/")

    def meeting(words):
        row = MeetingFactory(
            title=words, minutes=words, date=date(2026, 3, 1), audience=plants.only_owner
        )
        return (row.get_absolute_url(), "/meetings/calendar.ics")

    def talk(words):
        row = TalkFactory(title=words, abstract=words, audience=plants.only_owner)
        return (row.get_absolute_url(), row.edition.get_absolute_url())

    def released(words):
        row = TalkFactory(title=words, audience=plants.only_owner)
        made = release(row.edition, name="1", by=registrar())
        feed = reverse("events:releases_feed", args=[row.edition.slug])
        return (made.get_absolute_url(), feed)

    def proposal(words):
        fields = {"title": words, "abstract": words, "cid": uuid.uuid4()}
        row = Proposal.objects.create(edition=EditionFactory(), by=plants.owner, **fields)
        return (row.get_absolute_url(), reverse("events:my_proposals"))

    def embargoed(words):
        row = TalkFactory(speakers=[plants.owner])
        slides = Resource.objects.create(
            talk=row, kind="slides", title=words, from_day=date(2099, 1, 1)
        )
        version = Material.objects.create(
            resource=slides, number=1, title=words, sha256="0" * 64, size=1, pages_expected=1,
            state="ready", by=plants.owner, cid=uuid.uuid4(),
        )  # fmt: skip
        SlidePage.objects.create(material=version, number=1, text=words, width=1, height=1)
        slides.save()  # search takes the page in
        materials = reverse("events:materials", args=[row.edition.slug, row.slug])
        api = reverse("api:get_talk", args=[row.slug])
        zips = reverse("events:talk_zip", args=[row.edition.slug, row.slug])
        return (row.get_absolute_url(), materials, version.get_absolute_url(), api, zips)

    plants.plant("notice", NOBODY, notice)
    plants.plant("withheld name", NOBODY, withheld)
    plants.plant("closed course", LOOK_AFTER_COURSES, closed_course)
    plants.plant("minutes", NOBODY, meeting)
    plants.plant("talk", NOBODY, talk)
    plants.plant("embargoed slide", KEEPERS, embargoed)
    plants.plant("released talk", NOBODY, released)
    plants.plant("proposal", NOBODY, proposal)
