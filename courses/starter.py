"""Brings a course that is written as plain files into the site; safe to repeat."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils.text import slugify
from wagtail.images.models import Image
from wagtail.models import Page, Site

from assessments.models import Category, Question, Quiz, QuizDraw
from assessments.services import import_questions
from competencies.models import Competency, Level
from courses.markdown import Piece, pieces
from courses.models import CourseCompetency, CourseIndexPage, CoursePage, UnitPage
from courses.services import keep_picture, publish_version
from people.models import Audience, User
from people.starter import cast

FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)


def load(folder: Path) -> str:
    """Load every course of `folder`/courses; one line that says what came in."""
    people = cast(folder)
    courses = [
        load_course(path.parent, people) for path in sorted(folder.glob("courses/*/course.yaml"))
    ]
    units = sum(course.units().count() for course in courses)
    return f"{len(courses)} courses with {units} units"


def index_page() -> CourseIndexPage:
    """The folder of all courses, made on first use under the site's root page."""
    index = CourseIndexPage.objects.first()
    if index is None:
        site = Site.objects.filter(is_default_site=True).first()
        root = site.root_page if site else Page.get_first_root_node()
        index = root.add_child(instance=CourseIndexPage(title="Courses", slug="courses"))
    return index


@transaction.atomic
def load_course(folder: Path, people: dict[str, User]) -> CoursePage:
    """Make or update the course that `folder` describes, and publish it as a version."""
    text = yaml.safe_load((folder / "course.yaml").read_text("utf-8"))
    import_questions((folder / "questions.gift").read_text("utf-8"))
    quiz = _load_quiz(text["quiz"])
    course = _load_page(text, quiz, people)
    _load_competencies(course, text["competencies"])
    for name in text["units"]:
        _load_unit(course, folder / "units" / name, quiz)
    publish_version(course)
    return course


def _load_quiz(text: dict[str, Any]) -> Quiz:
    quiz, _created = Quiz.objects.update_or_create(
        slug=text["slug"],
        defaults={
            "title": text["title"],
            "minutes": text["minutes"],
            "pass_mark": text["pass_mark"],
            "attempts_allowed": text["attempts"],
        },
    )
    for order, draw in enumerate(text["draws"], start=1):
        QuizDraw.objects.update_or_create(
            quiz=quiz,
            category=Category.objects.get(slug=draw["category"]),
            defaults={"count": draw["count"], "order": order},
        )
    return quiz


def _load_page(text: dict[str, Any], quiz: Quiz, people: dict[str, User]) -> CoursePage:
    course = CoursePage.objects.filter(slug=text["slug"]).first() or CoursePage(slug=text["slug"])
    course.title = text["title"]
    course.summary = text["summary"]
    course.minutes = text["minutes"]
    course.language = text["language"]
    course.audience = Audience.objects.of(*text["audience"])
    course.owner_person = people.get(text["owner"])
    course.review_by = date.fromisoformat(str(text["review_by"]))
    course.quiz = quiz
    if course.pk is None:
        index_page().add_child(instance=course)
    else:
        course.save()
    return course


def _load_competencies(course: CoursePage, rows: list[dict[str, str]]) -> None:
    for order, row in enumerate(rows):
        competency = Competency.objects.get(code=row["code"])
        CourseCompetency.objects.update_or_create(
            course=course,
            competency=competency,
            defaults={
                "level": Level.objects.get(framework=competency.framework, name=row["level"]),
                "sort_order": order,
            },
        )


def _load_unit(course: CoursePage, path: Path, quiz: Quiz) -> UnitPage:
    match = FRONT_MATTER.match(path.read_text("utf-8"))
    if match is None:
        raise ValueError(f"{path.name} does not begin with front matter between --- lines.")
    head = yaml.safe_load(match[1])
    slug = slugify(path.stem.split("-", 1)[1])
    unit = UnitPage.objects.child_of(course).filter(slug=slug).first() or UnitPage(slug=slug)
    unit.title = head["title"]
    unit.minutes = head["minutes"]
    unit.summary = head.get("summary", "")
    unit.body = [_block(piece, path.parent, quiz) for piece in pieces(match[2])]
    if unit.pk is None:
        course.add_child(instance=unit)
    else:
        unit.save()
    return unit


def _block(piece: Piece, folder: Path, quiz: Quiz) -> tuple[str, Any]:
    value: Any = piece.value
    makers: dict[str, Callable[[], Any]] = {
        "image": lambda: {
            "image": _image((folder / value["src"]).resolve(), value["alt"]),
            "alt": value["alt"],
            "caption": value["caption"],
        },
        "table": lambda: {"data": value, "first_row_is_table_header": True},
        "check": lambda: {"question": Question.objects.get(ident=value)},
        "quiz": lambda: {"quiz": quiz},
    }
    return piece.kind, makers[piece.kind]() if piece.kind in makers else value


def _image(path: Path, title: str) -> Image:
    return keep_picture(
        path.read_bytes(),
        name=path.name,
        title=f"{path.parent.parent.name}: {path.name}",
        description=title,
    )
