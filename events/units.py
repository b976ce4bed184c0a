"""A talk becomes a unit of a course, and both know of each other."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.html import escape, format_html, linebreaks
from django.utils.text import slugify
from django.utils.translation import gettext as _

from courses.models import CoursePage, ModulePage, UnitPage
from courses.queries import version_for
from courses.rules import may_care
from courses.services import keep_picture
from events.models import Kind, SlidePage, Talk, TalkUnit
from people.models import User


@dataclass(frozen=True)
class MadeUnit:
    """A unit that was made of a talk, as one reader sees it."""

    unit: UnitPage
    course: CoursePage
    address: str  # of the unit for readers; empty for a draft


@transaction.atomic
def make_unit(talk: Talk, *, into: CoursePage | ModulePage, by: User) -> UnitPage:
    """A draft of a unit at the end of `into`, with the talk's slides and their text.

    The slides that all readers see now are copied: newer ones do not change the unit. Safe to
    repeat: the same talk gives the first unit of a course again, wherever in it that stands.
    PermissionDenied unless `by` looks after the courses of the house.
    """
    if not may_care(by):
        raise PermissionDenied(_("Authors, registrars and administrators make a unit of a talk."))
    course = into if isinstance(into, CoursePage) else CoursePage.objects.parent_of(into).get()
    Talk.objects.select_for_update().get(pk=talk.pk)
    known = talk.made_units.filter(course=course).select_related("unit").first()
    if known:
        return known.unit
    CoursePage.objects.select_for_update().get(pk=course.pk)  # its tree grows
    unit = UnitPage(
        title=talk.title,
        slug=_free_slug(into, talk),
        minutes=talk.minutes,
        body=[("text", _credit(talk)), *_slides(talk)],
        live=False,
        owner=by,
    )
    into.add_child(instance=unit)
    unit.save_revision(user=by)
    TalkUnit.objects.create(talk=talk, course=course, unit=unit)
    return unit


def _free_slug(into: CoursePage | ModulePage, talk: Talk) -> str:
    slug = slugify(talk.title)[:80] or talk.slug
    taken = into.get_children().filter(slug=slug).exists()
    return f"{slug}-{talk.pk}" if taken else slug


def _credit(talk: Talk) -> str:
    link = format_html('<a href="{}">{}</a>', talk.get_absolute_url(), talk.title)
    credit = format_html(
        escape(_("From the talk {talk} of {speakers} at {edition}.")),
        talk=link,
        speakers=talk.speaker_names,
        edition=talk.edition.title,
    )
    return f"<p>{credit}</p>{talk.abstract_html}"


def _slides(talk: Talk) -> list[tuple[str, dict | str]]:
    slides = talk.resources.open().filter(kind=Kind.SLIDES).first()
    material = slides.shown() if slides else None
    if material is None:
        return []
    blocks: list[tuple[str, dict | str]] = []
    for page in material.pages.order_by("number"):
        blocks.append(("image", _picture(page, talk, of=material.pages_expected)))
        if page.text:
            blocks.append(("text", linebreaks(page.text, autoescape=True)))
    return blocks


def _picture(page: SlidePage, talk: Talk, *, of: int) -> dict:
    alt = page.alt_text(of)
    with page.large.open("rb") as file:
        image = keep_picture(
            file.read(),
            name=f"{talk.slug}-{page.number:04}.webp",
            title=f"{talk.title}: {page.number}",
            description=alt,
        )
    return {"image": image, "alt": alt, "caption": ""}


def units_of(talk: Talk, person) -> list[MadeUnit]:
    """The units made of `talk` that `person` may know of; drafts for those who look after them."""
    rows = list(talk.made_units.select_related("unit", "course").order_by("pk"))
    if not rows:
        return []
    readable = set(CoursePage.objects.visible_to(person).values_list("pk", flat=True))
    cares = may_care(person)
    made = [
        MadeUnit(row.unit, row.course, _address(row, person) if row.course_id in readable else "")
        for row in rows
    ]
    return [unit for unit in made if unit.address or cares]


def _address(row: TalkUnit, person) -> str:
    version = version_for(person, row.course)
    unit = version.units.filter(key=row.unit_id).first() if version else None
    return f"{row.course.url}{unit.path}/" if unit else ""
