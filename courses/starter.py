"""Brings a course that is written as plain files into the site; safe to repeat."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils.text import slugify
from wagtail.blocks import StreamValue
from wagtail.models import Page, Site

from assessments.bank import import_questions, keep_question
from assessments.models import Category, Question, Quiz, QuizDraw, Tag
from competencies.models import Competency, Level
from courses import certificates
from courses.markdown import pieces
from courses.models import (
    CourseCompetency,
    CourseIndexPage,
    CoursePage,
    ModulePage,
    Prerequisite,
    UnitPage,
)
from courses.services import keep_document, keep_picture, publish_version
from courses.services.authors import let_authors_edit
from courses.services.exporting import FILE, FILES, PATH, QUIZ_OPTIONS, unfenced
from people.models import Audience, User
from people.starter import cast

LINK_BY_NAME = re.compile(
    rf'(<a\b[^>]*?\blinktype="(?:page|document)"[^>]*?\b)({PATH}|{FILE})="([^"]*)"'
)
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
    """The folder of all courses, made on first use under the site's root page for authors."""
    index = CourseIndexPage.objects.first()
    if index is None:
        site = Site.objects.filter(is_default_site=True).first()
        root = site.root_page if site else Page.get_first_root_node()
        index = root.add_child(instance=CourseIndexPage(title="Courses", slug="courses"))
        let_authors_edit(index)
    return index


@transaction.atomic
def load_course(folder: Path, people: dict[str, User]) -> CoursePage:
    """Make or update the course that `folder` describes, and publish it as a version.

    `people` are those whom the folder may name as its owner, by the name that it uses.
    """
    text = yaml.safe_load((folder / "course.yaml").read_text("utf-8"))
    _load_questions(folder)
    quiz = load_quiz(text["quiz"]) if text.get("quiz") else None
    course = _load_page(text, quiz, people)
    _load_competencies(course, text["competencies"])
    _load_prerequisites(course, text.get("prerequisites", []))
    files = _Files(folder)
    units = [
        (_load_unit(parent, folder / "units" / name, files, quiz), folder / "units" / name)
        for parent, name in _places(course, text["units"])
    ]
    for unit, path in units:  # links to units that were not there yet
        if LINK_BY_NAME.search(path.read_text("utf-8")):
            unit.body = _body(path, files, quiz)
            unit.save()
    publish_version(course)
    return course


def _load_questions(folder: Path) -> None:
    """The bank takes every question, or the course does not come in."""
    kept = folder / "questions.yaml"
    if kept.exists():
        for row in yaml.safe_load(kept.read_text("utf-8")):
            keep_question(**row)
        return
    path = folder / "questions.gift"
    refused = import_questions(path.read_text("utf-8")).refused
    if refused:
        lines = "; ".join(f"line {item.line}: {item.message}" for item in refused)
        raise ValueError(f"{path}: {lines}")


def load_quiz(text: dict[str, Any]) -> Quiz:
    quiz, _created = Quiz.objects.update_or_create(
        slug=text["slug"],
        defaults={
            "title": text["title"],
            "minutes": text["minutes"],
            "pass_mark": text["pass_mark"],
            "attempts_allowed": text["attempts"],
            **{name: text[name] for name in QUIZ_OPTIONS if name in text},
        },
    )
    for order, row in enumerate(text["draws"], start=1):
        _load_draw(quiz, row, order)
    return quiz


def _load_draw(quiz: Quiz, row: dict[str, Any], order: int) -> None:
    asked: dict[str, Any] = {
        "category": Category.objects.get(slug=row["category"]) if "category" in row else None,
        "tag": Tag.objects.get(slug=row["tag"]) if "tag" in row else None,
        "competency": (
            Competency.objects.get(code=row["competency"]) if "competency" in row else None
        ),
        "difficulty": row.get("difficulty"),
    }
    QuizDraw.objects.update_or_create(
        quiz=quiz, **asked, defaults={"count": row["count"], "order": order}
    )


def _load_page(text: dict[str, Any], quiz: Quiz | None, people: dict[str, User]) -> CoursePage:
    course = CoursePage.objects.filter(slug=text["slug"]).first() or CoursePage(slug=text["slug"])
    course.title = text["title"]
    course.summary = text["summary"]
    course.minutes = text["minutes"]
    course.language = text["language"]
    course.audience = Audience.objects.of(*text["audience"])
    course.owner_person = people.get(text["owner"])
    course.review_by = date.fromisoformat(str(text["review_by"])) if text["review_by"] else None
    course.joining = text.get("joining", CoursePage.Joining.OPEN)
    course.quiz = quiz
    if course.pk is None:
        index_page().add_child(instance=course)
    else:
        course.save()
    return course


def _level(row: dict[str, str], key: str) -> dict[str, Any]:
    competency = Competency.objects.get(code=row[key])
    level = Level.objects.get(framework=competency.framework, name=row["level"])
    return {"competency": competency, "level": level}


def _load_competencies(course: CoursePage, rows: list[dict[str, str]]) -> None:
    for order, row in enumerate(rows):
        found = _level(row, "code")
        CourseCompetency.objects.update_or_create(
            course=course,
            competency=found["competency"],
            defaults={"level": found["level"], "sort_order": order},
        )


def _load_prerequisites(course: CoursePage, rows: list[dict[str, str]]) -> None:
    for order, row in enumerate(rows):
        Prerequisite.objects.update_or_create(
            course=course, **_needed(row), defaults={"sort_order": order}
        )


def _needed(row: dict[str, str]) -> dict:
    if "course" in row:
        return {"completed": CoursePage.objects.get(slug=row["course"])}
    if "certificate" in row:
        if row["certificate"] not in certificates.titles():
            raise ValueError(f"certificate {row['certificate']}")
        return {"certificate": row["certificate"]}
    return _level(row, "competency")


def _places(course: CoursePage, listing: list) -> Iterator[tuple[CoursePage | ModulePage, str]]:
    """Each unit's file with the course or module that it stands in; modules are made."""
    for entry in listing:
        if isinstance(entry, str):
            yield course, entry
            continue
        known = ModulePage.objects.child_of(course).filter(slug=entry["slug"]).first()
        module = known or course.add_child(
            instance=ModulePage(title=entry["module"], slug=entry["slug"])
        )
        for name in entry["units"]:
            yield module, name


def _load_unit(
    parent: CoursePage | ModulePage, path: Path, files: "_Files", quiz: Quiz | None
) -> UnitPage:
    head = yaml.safe_load(_parts(path)[0])
    slug = head.get("slug") or slugify(path.stem.split("-", 1)[1])
    unit = UnitPage.objects.child_of(parent).filter(slug=slug).first() or UnitPage(slug=slug)
    unit.title = head["title"]
    unit.minutes = head["minutes"]
    unit.summary = head.get("summary", "")
    unit.body = _body(path, files, quiz)
    if unit.pk is None:
        parent.add_child(instance=unit)
    else:
        unit.save()
    return unit


def _parts(path: Path) -> tuple[str, str]:
    """The front matter of a unit and its text."""
    match = FRONT_MATTER.match(path.read_text("utf-8"))
    if match is None:
        raise ValueError(f"{path.name} does not begin with front matter between --- lines.")
    return match[1], match[2]


def _body(path: Path, files: "_Files", quiz: Quiz | None) -> StreamValue:
    """The blocks of a unit as they are stored."""
    rows = []
    for kind, value in map(unfenced, pieces(_parts(path)[1])):
        if kind in FILES:
            value = dict(value)
            for name in FILES[kind]:
                value[name] = files.key(kind, value.get(name), value.get("alt", ""))
        elif kind == "check":
            value = {"question": Question.objects.get(ident=value).pk}
        elif kind == "quiz":
            value = {"quiz": Quiz.objects.get(slug=value).pk if value else quiz and quiz.pk}
        elif kind == "text":
            value = files.linked(value)
        elif kind == "callout":
            value = value | {"text": files.linked(value["text"])}
        rows.append({"type": kind, "value": value})
    return StreamValue(UnitPage._meta.get_field("body").stream_block, rows, is_lazy=True)


class _Files:
    """Pictures and documents of a course's folder, as rows of the site."""

    def __init__(self, folder: Path):
        self.folder = folder.resolve()
        listed = folder / "media.yaml"
        self.facts = yaml.safe_load(listed.read_text("utf-8")) if listed.exists() else {}

    def key(self, kind: str, name: str | None, alt: str) -> int | None:
        """The id of the row that holds the file `name`; None where none is named."""
        if not name:
            return None
        path = (self.folder / name).resolve()
        if not path.is_relative_to(self.folder):
            raise ValueError(f"{name} leads out of the folder of the course.")
        facts = self.facts.get(name) or {
            "title": f"{self.folder.name}: {path.name}",
            "description": alt,
        }
        content = path.read_bytes()
        if kind == "image":
            return keep_picture(content, name=path.name, **facts).pk
        return keep_document(content, name=path.name, title=facts["title"]).pk

    def linked(self, html: str) -> str:
        """Links that name a page or a file, as the editor keeps them: by id."""
        return LINK_BY_NAME.sub(self._link, html)

    def _link(self, match: re.Match[str]) -> str:
        before, by, name = match.groups()
        if by == FILE:
            return f'{before}id="{self.key("download", name, "") or 0}"'
        page = Page.objects.filter(url_path=name).first()
        return f'{before}id="{page.pk if page else 0}"'
