"""How each model becomes documents: the one place that says what can be found, and by whom.

A source names a model, how its documents are made, and which models' changes touch it.
`search/listeners.py` keeps the documents in the transaction of the change.
"""

import html
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from django.db.models import Model, Prefetch, QuerySet
from django.utils import timezone
from django.utils.html import strip_tags

from competencies.models import Competency
from courses.models import CoursePage
from desk.models import Advisory
from events import webvtt
from events.models import Cue, Decision, Kind, Material, Meeting, Resource, Talk, cue_address
from events.webvtt import passages
from forums.models import Post, Topic
from people.models import Audience, Centre, Posting, User

# Nothing says since when a place or a competency is there; a moment that moved with each look
# would make every document differ from itself.
UNDATED = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Document:
    key: str
    kind: str
    title: str
    body: str
    url: str
    audience: Audience
    when: datetime
    group: str = ""
    pool: str = ""
    agency: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()
    state: str = "current"


@dataclass(frozen=True)
class Source:
    """One kind of thing that can be found."""

    model: type[Model]
    prefix: str  # every key of an object begins with "<prefix>:<pk>"
    rows: Callable[[], QuerySet]  # everything that has documents, with what they need
    documents: Callable[[Any], Iterable[Document]]
    # Other models whose change touches an object of `model`: how to get from one to the other.
    touched_by: dict[type[Model], Callable[[Any], Model | None]] = field(default_factory=dict)

    def stem(self, pk: object) -> str:
        return f"{self.prefix}:{pk}"


def _everyone() -> Audience:
    return Audience.objects.of("everyone")


def _people() -> QuerySet:
    """People with the posting that they hold now, in two queries for all of them."""
    held = Posting.objects.open().select_related("organisation", "dzongkhag")
    return User.objects.prefetch_related(Prefetch("postings", held, to_attr="open_postings"))


def _person(person: Any) -> list[Document]:
    posting = next(iter(person.open_postings), None)
    if not person.is_active or posting is None:
        return []
    place = f"{posting.post_title}, {posting.organisation}, {posting.dzongkhag}"
    return [
        Document(
            key=f"person:{person.pk}",
            kind="person",
            title=" ".join(filter(None, [person.name, person.name_dz])),
            body=f"{place} {person.employee_id}",
            url=person.get_absolute_url(),
            audience=_everyone(),
            agency=posting.organisation.name,
            when=person.date_joined,
        )
    ]


def _centre(centre: Centre) -> list[Document]:
    services = ", ".join(service.name for service in centre.services.all())
    return [
        Document(
            key=f"centre:{centre.pk}",
            kind="centre",
            title=" ".join(filter(None, [centre.name, centre.name_dz])),
            body=f"{centre.code} {centre.gewog} {services}",
            url=centre.get_absolute_url(),
            audience=_everyone(),
            when=UNDATED,
        )
    ]


def _competency(competency: Competency) -> list[Document]:
    indicators = " ".join(row.behavioural_indicator for row in competency.descriptors.all())
    return [
        Document(
            key=f"competency:{competency.pk}",
            kind="competency",
            title=f"{competency.code} {competency.name}",
            body=f"{competency.definition} {indicators}",
            url=competency.get_absolute_url(),
            audience=_everyone(),
            pool=competency.pool_code,
            when=UNDATED,
        )
    ]


def _course(course: CoursePage) -> list[Document]:
    """A course, and each unit of its newest version with its text."""
    version = course.versions.first()
    if not course.live or version is None:
        return []
    shared = {"audience": course.audience, "group": f"course:{course.pk}"}
    documents = [
        Document(
            key=f"course:{course.pk}",
            kind="course",
            title=course.title,
            body=course.summary,
            url=course.url,
            when=version.published_at,
            **shared,
        )
    ]
    return documents + [
        Document(
            key=f"course:{course.pk}:{unit.key}",
            kind="unit",
            title=f"{unit.title} ({course.title})",
            body=" ".join(_texts(unit.body)),
            url=f"{course.url}{unit.path}/",
            when=version.published_at,
            **shared,
        )
        for unit in version.units.all()
    ]


def _texts(value: object) -> Iterator[str]:
    """Every text in the blocks of a unit, without its tags."""
    if isinstance(value, str):
        yield html.unescape(strip_tags(value.replace("<", " <")))
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in ("type", "id", "kind", "language"):
                yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _topic(topic: Topic) -> list[Document]:
    """A topic with all its posts: whoever searches finds the answer, not only the question.

    What moderation has hidden or redacted is not found, by those who may still read it neither.
    """
    if topic.hidden_at:
        return []
    posts = [post for post in topic.posts.all() if not (post.hidden_at or post.redacted_at)]
    solved = any(post.accepted_at for post in posts)
    state = "obsolete" if topic.obsolete_at else "solved" if solved else "current"
    return [
        Document(
            key=f"topic:{topic.pk}",
            kind="topic",
            title=topic.title,
            body="\n".join(post.body for post in posts),
            url=topic.get_absolute_url(),
            audience=topic.audience,
            pool=topic.pool.code,
            author=topic.asked_by,
            state=state,
            when=topic.created,
        )
    ]


def _advisory(advisory: Advisory) -> list[Document]:
    """What all agencies are told, until it is withdrawn."""
    if advisory.withdrawn_at:
        return []
    return [
        Document(
            key=f"advisory:{advisory.pk}",
            kind="advisory",
            title=advisory.title,
            body=f"{advisory.number} {advisory.get_kind_display()} {advisory.body}",
            url=advisory.get_absolute_url(),
            audience=advisory.audience,
            pool=advisory.pool.code if advisory.pool else "",
            author=advisory.issuer,
            when=advisory.created,
        )
    ]


def _talk(talk: Talk) -> list[Document]:
    """A talk, each page of its slides, each sentence of its transcript, at their addresses."""
    shared: dict[str, Any] = {
        "audience": talk.audience,
        "group": f"talk:{talk.pk}",
        "pool": talk.pool.code if talk.pool else "",
        "author": talk.speaker_names,
        "when": talk.starts,
    }
    documents = [
        Document(
            key=f"talk:{talk.pk}",
            kind="talk",
            title=talk.title,
            body=f"{talk.abstract} {talk.edition.title}",
            url=talk.get_absolute_url(),
            **shared,
        )
    ]
    material, found_by = _shown(talk, Kind.SLIDES)
    state = "obsolete" if material and material.resource.obsolete_at else "current"
    for page in material.pages.all() if material and found_by else []:
        documents.append(
            Document(
                key=f"talk:{talk.pk}:{page.number}",
                kind="slide",
                title=f"{page.first_line or page.number} ({talk.title}, slide {page.number})",
                body=page.text,
                url=page.get_absolute_url(),
                state=state,
                **shared | {"audience": found_by},
            )
        )
    material, found_by = _shown(talk, Kind.TRANSCRIPT)
    spoken = material.cues.all() if material and found_by else []
    numbers = {cue.start: cue.number for cue in spoken}
    for passage in passages(webvtt.Cue(cue.start, cue.end, cue.text) for cue in spoken):
        documents.append(
            Document(
                key=f"talk:{talk.pk}:t{passage.start}",
                kind="transcript",
                title=f"{webvtt.clock(passage.start)[:8]} ({talk.title})",
                body=passage.text,
                url=cue_address(talk, numbers[passage.start], passage.start // 1000),
                **shared | {"audience": found_by},
            )
        )
    return documents


def _shown(talk: Talk, kind: str) -> tuple[Material | None, Audience | None]:
    """The newest version that is ready of this kind, and who finds it."""
    resource = next((row for row in talk.resources.all() if row.kind == kind), None)
    versions = resource.versions.all() if resource else []
    ready = next((row for row in versions if row.state == Material.State.READY), None)
    return ready, resource.found_by if resource and ready else None


def _meeting(meeting: Meeting) -> list[Document]:
    """Minutes with their agenda, and each decision: whoever may read the meeting finds them."""
    shared: dict[str, Any] = {
        "kind": "meeting",
        "audience": meeting.audience,
        "group": f"meeting:{meeting.pk}",
        "when": timezone.make_aware(datetime.combine(meeting.date, time())),
    }
    agenda = " ".join(f"{entry['item']} {entry.get('paper', '')}" for entry in meeting.agenda)
    documents = [
        Document(
            key=f"meeting:{meeting.pk}",
            title=meeting.title,
            body=f"{agenda} {meeting.minutes}",
            url=meeting.get_absolute_url(),
            **shared,
        )
    ]
    return documents + [
        Document(
            key=f"meeting:{meeting.pk}:{decision.number}",
            title=f"{meeting.title}, decision {decision.number}",
            body=decision.text,
            url=decision.get_absolute_url(),
            **shared,
        )
        for decision in meeting.decisions.all()
    ]


def _talks() -> QuerySet:
    """Talks with their newest slides first; pages of slides know their material."""
    versions = Material.objects.order_by("-pk").prefetch_related("pages", "cues")
    resources = Resource.objects.prefetch_related(Prefetch("versions", versions))
    rows = Talk.objects.select_related("audience", "edition", "pool")
    return rows.prefetch_related(Prefetch("resources", resources))


SOURCES: list[Source] = [
    # Pages touch nothing by themselves: they are shown once all are there.
    Source(
        Talk,
        "talk",
        _talks,
        _talk,
        touched_by={
            Material: lambda material: material.talk,
            Resource: lambda resource: resource.talk,
            Cue: lambda cue: cue.material.talk,
        },
    ),
    Source(
        Meeting,
        "meeting",
        lambda: Meeting.objects.select_related("audience").prefetch_related("decisions"),
        _meeting,
        touched_by={Decision: lambda decision: decision.meeting},
    ),
    Source(
        Topic,
        "topic",
        lambda: (
            Topic.objects.filter(merged_into=None)
            .select_related("audience", "pool", "asker")
            .prefetch_related("posts")
        ),
        _topic,
        touched_by={Post: lambda post: post.topic},
    ),
    Source(
        Advisory,
        "advisory",
        lambda: Advisory.objects.select_related("audience", "pool"),
        _advisory,
    ),
    Source(
        CoursePage,
        "course",
        lambda: CoursePage.objects.select_related("audience"),
        _course,  # and `index.follow_course`: a version's units come without a signal
    ),
    Source(User, "person", _people, _person, touched_by={Posting: lambda posting: posting.person}),
    Source(
        Centre,
        "centre",
        lambda: Centre.objects.select_related("gewog__dzongkhag").prefetch_related("services"),
        _centre,
    ),
    Source(
        Competency,
        "competency",
        lambda: Competency.objects.prefetch_related("descriptors"),
        _competency,
    ),
]
