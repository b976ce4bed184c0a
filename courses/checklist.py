"""What an author should mend before publishing: read from the draft, never a refusal.

The bodies are read as they are stored, so that a course of any length costs the same few
queries: what they name is looked up once for all units.
"""

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Page

from assessments.models import Question
from courses.models import CoursePage, UnitPage

HEAVIEST_KB = 150  # text and pictures of a unit, as they go over the line
LINK = re.compile(r"<a\b[^>]*>")
ATTRIBUTE = re.compile(r'\b(linktype|id|href)="([^"]*)"')
ADDRESS = re.compile(r"(https?://[^\s/]+|mailto:|tel:|/|#)")
FILE_NAME = re.compile(r"\.(png|jpe?g|gif|svg|webp|avif)$", re.IGNORECASE)
CHOSEN = {  # which field of which block names a row of what
    ("image", "image"): Image,
    ("check", "question"): Question,
    ("download", "document"): Document,
    ("media", "small"): Document,
}
Bodies = list[tuple[Page, list[dict]]]


@dataclass(frozen=True)
class Finding:
    """One thing to mend: in which page, and what is wrong in a sentence."""

    page: Page
    message: str


def findings(course: CoursePage) -> list[Finding]:
    """All that is to be mended in the newest draft of `course` and of its units."""
    draft = _draft(course)
    found = [Finding(draft, message) for message in _care(draft)]
    rows = UnitPage.objects.descendant_of(course).select_related("latest_revision")
    bodies = [(unit, list(_draft(unit).body.raw_data)) for unit in rows.order_by("path")]
    known = _Known(bodies)
    for unit, body in bodies:
        found += [Finding(unit, message) for message in _unit(unit, body, known)]
    return found


def _draft(page: Any) -> Any:
    return page.get_latest_revision_as_object() if page.has_unpublished_changes else page


def _care(course: CoursePage) -> Iterator[str]:
    if course.owner_person_id is None:
        yield _("Nobody owns the course: name who looks after it.")
    if course.review_by is None:
        yield _("No day of review is set.")
    elif course.review_by <= timezone.localdate():
        yield _("The day of review is over: read it once more and set a new one.")
    if not course.competencies.exists():
        yield _("Passing is evidence for no competency yet.")


class _Known:
    """What the bodies of a course name and what of it is there, in one query a kind."""

    def __init__(self, bodies: Bodies):
        chosen: dict[Any, set] = {Image: set(), Question: set(), Document: set()}
        linked: dict[str, set[int]] = {"page": set(), "document": set()}
        for _page, body in bodies:
            for block in body:
                for (kind, name), model in CHOSEN.items():
                    if block["type"] == kind:
                        chosen[model].add(block["value"].get(name))
                for link in _links(block):
                    if link.get("linktype") in linked:
                        linked[link["linktype"]].add(int(link["id"]))
        documents = chosen[Document] | linked["document"]
        self.rows = {
            Image: Image.objects.in_bulk(chosen[Image] - {None}),
            Question: Question.objects.select_related("current").in_bulk(chosen[Question] - {None}),
            Document: Document.objects.in_bulk(documents - {None}),
        }
        pages = Page.objects.live().filter(pk__in=linked["page"])
        self.targets = {
            "page": set(pages.values_list("pk", flat=True)),
            "document": set(self.rows[Document]),
        }


def _unit(unit: UnitPage, body: list[dict], known: _Known) -> Iterator[str]:
    if not unit.summary:
        yield _("The unit has no summary.")
    weight = len(gzip.compress(json.dumps(body).encode()))
    for block in body:
        yield from _block(block, known)
        picture = known.rows[Image].get(block["value"]["image"]) if _is_image(block) else None
        weight += _as_sent(picture) if picture else 0
    if weight > HEAVIEST_KB * 1024:
        yield _(
            "The unit weighs about %(weight)d KB; %(most)d KB load on a thin line in good time."
        ) % {"weight": weight // 1024, "most": HEAVIEST_KB}


def _is_image(block: dict) -> bool:
    return block["type"] == "image"


def _as_sent(picture: Image) -> int:
    """Bytes of a picture as a phone gets it: an SVG compressed, else about its rendition."""
    if picture.is_svg():
        with picture.file.open() as file:
            return len(gzip.compress(file.read()))
    return min(picture.file_size or 0, picture.get_rendition("width-800|format-webp").file.size)


def _block(block: dict, known: _Known) -> Iterator[str]:
    value = block["value"]
    for (kind, name), model in CHOSEN.items():
        if block["type"] == kind and value.get(name) not in known.rows[model]:
            yield _("Something that was chosen is gone: %(what)s") % {
                "what": model._meta.verbose_name
            }
    if _is_image(block):
        alt = value["alt"].strip()
        if not alt or FILE_NAME.search(alt):
            yield _("A picture does not say what it shows: %(alt)s") % {"alt": alt or "–"}
    question = known.rows[Question].get(value["question"]) if block["type"] == "check" else None
    if question and not _has_feedback(question):
        yield _("The question %(name)s gives no feedback.") % {"name": question}
    yield from _dead(_links(block), known)


def _has_feedback(question: Question) -> bool:
    version = question.current
    answers = version.content.get("answers", []) if version else []
    return bool(version and (version.feedback or any(row.get("feedback") for row in answers)))


def _links(block: dict) -> Iterator[dict[str, str]]:
    """The attributes of each link of a text or a callout."""
    value = block["value"]
    html = {"text": lambda: value, "callout": lambda: value["text"]}.get(block["type"], str)()
    for tag in LINK.findall(html):
        yield dict(ATTRIBUTE.findall(tag))


def _dead(links: Iterable[dict[str, str]], known: _Known) -> Iterator[str]:
    for link in links:
        kind, address = link.get("linktype"), link.get("href", "")
        if kind in known.targets:
            if int(link["id"]) not in known.targets[kind]:
                yield (
                    _("A link leads to a page that is not there.")
                    if kind == "page"
                    else _("A link leads to a file that is not there.")
                )
        elif not ADDRESS.match(address):
            yield _("A link leads nowhere: %(address)s") % {"address": address or "–"}
