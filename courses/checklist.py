"""What an author should mend before publishing: read from the draft, never a refusal."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.documents.models import Document
from wagtail.models import Page

from assessments.models import Question
from courses.models import CoursePage, UnitPage

HEAVIEST_KB = 150  # text and pictures of a unit, as they go over the line
LINK_TO_PAGE = re.compile(r'linktype="page"[^>]*?\bid="(\d+)"|\bid="(\d+)"[^>]*?linktype="page"')
LINK_TO_FILE = re.compile(
    r'linktype="document"[^>]*?\bid="(\d+)"|\bid="(\d+)"[^>]*?linktype="document"'
)
OUTSIDE = re.compile(r'href="([^"]*)"')
FILE_NAME = re.compile(r"\.(png|jpe?g|gif|svg|webp|avif)$", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """One thing to mend: in which page, and what is wrong in a sentence."""

    page: Page
    message: str


def findings(course: CoursePage) -> list[Finding]:
    """All that is to be mended in the newest draft of `course` and of its units."""
    draft = course.get_latest_revision_as_object()
    found = [Finding(draft, message) for message in _care(draft)]
    for unit in UnitPage.objects.descendant_of(course).order_by("path"):
        latest = unit.get_latest_revision_as_object()
        found += [Finding(latest, message) for message in _unit(latest)]
    return found


def _care(course: CoursePage) -> Iterator[str]:
    if course.owner_person_id is None:
        yield _("Nobody owns the course: name who looks after it.")
    if course.review_by is None:
        yield _("No day of review is set.")
    elif course.review_by <= timezone.localdate():
        yield _("The day of review is over: read it once more and set a new one.")
    if not course.competencies.exists():
        yield _("Passing is evidence for no competency yet.")


def _unit(unit: UnitPage) -> Iterator[str]:
    if not unit.summary:
        yield _("The unit has no summary.")
    weight = 0
    for block in unit.body:
        weight += len(gzip.compress(str(block.value).encode()))
        yield from _block(block.block_type, block.value)
        if block.block_type == "image" and block.value["image"]:
            weight += _as_sent(block.value["image"])
    if weight > HEAVIEST_KB * 1024:
        yield _(
            "The unit weighs about %(weight)d KB; %(most)d KB load on a thin line in good time."
        ) % {"weight": weight // 1024, "most": HEAVIEST_KB}


def _as_sent(image) -> int:
    """Bytes of a picture as a phone gets it: an SVG compressed, else its rendition."""
    if image.is_svg():
        with image.file.open() as file:
            return len(gzip.compress(file.read()))
    return image.get_rendition("width-800|format-webp").file.size


def _block(kind: str, value) -> Iterator[str]:
    if kind == "image":
        alt = value["alt"].strip()
        if value["image"] is None:
            yield _("A picture is gone.")
        elif not alt or FILE_NAME.search(alt) or alt == value["image"].title:
            yield _("A picture does not say what it shows: %(alt)s") % {"alt": alt or "–"}
    elif kind in ("text", "callout"):
        yield from _links((value if kind == "text" else value["text"]).source)
    elif kind == "check":
        if value["question"] is None:
            yield _("A check question is gone.")
        elif not _has_feedback(value["question"]):
            yield _("The question %(name)s gives no feedback.") % {"name": value["question"]}
    elif kind in ("download", "media"):
        chosen = value["document"] if kind == "download" else value["small"]
        if chosen is None:
            yield _("A file is gone: %(title)s") % {"title": value["title"]}


def _has_feedback(question: Question) -> bool:
    current = question.current
    return bool(
        current
        and (
            current.feedback
            or any(answer.get("feedback") for answer in current.content.get("answers", []))
        )
    )


def _links(html: str) -> Iterator[str]:
    pages = {int(first or second) for first, second in LINK_TO_PAGE.findall(html)}
    if pages - set(Page.objects.live().filter(pk__in=pages).values_list("pk", flat=True)):
        yield _("A link leads to a page that is not there.")
    files = {int(first or second) for first, second in LINK_TO_FILE.findall(html)}
    if files - set(Document.objects.filter(pk__in=files).values_list("pk", flat=True)):
        yield _("A link leads to a file that is not there.")
    for address in OUTSIDE.findall(html):
        if not re.match(r"(https?://[^\s/]+|mailto:|tel:|/|#)", address):
            yield _("A link leads nowhere: %(address)s") % {"address": address or "–"}
