"""Brings the schemes of starter/schemes.yaml into the site; safe to repeat."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from certification.models import Scheme
from certification.services import issue
from competencies.models import Competency, Level
from competencies.standing import add_months
from courses.models import CoursePage
from people.models import User
from people.starter import cast


def load(folder: Path) -> str:
    """Load every scheme whose course is there; one line that says what came in and what waits."""
    people = cast(folder)
    loaded, waiting, issued = 0, [], 0
    for text in yaml.safe_load((folder / "schemes.yaml").read_text("utf-8")):
        course = CoursePage.objects.filter(slug=text["course"]).first()
        if course is None:
            waiting.append(f"“{text['title']}” waits for the course {text['course']}")
            continue
        scheme = _load_scheme(text, course)
        loaded += 1
        if settings.DEMO and "demo" in text:
            issued += _issue_demo(scheme, text["demo"], people)
    return "; ".join([f"{loaded} certificate schemes, {issued} certificates issued", *waiting])


@transaction.atomic
def _load_scheme(text: dict[str, Any], course: CoursePage) -> Scheme:
    scheme, _created = Scheme.objects.update_or_create(
        code=text["code"],
        defaults={
            "title": text["title"],
            "description": text["description"],
            "course": course,
            "pass_mark": Decimal(str(text["pass_mark"])),
            "valid_months": text["valid_months"],
        },
    )
    for competency, level in _competencies(text["competencies"], course):
        scheme.competencies.update_or_create(competency=competency, defaults={"level": level})
    return scheme


def _competencies(rows: Any, course: CoursePage) -> list[tuple[Competency, Level]]:
    if rows == "from course":
        return [(row.competency, row.level) for row in course.competencies.all()]
    found = []
    for row in rows:
        competency = Competency.objects.get(code=row["code"])
        found.append((competency, competency.framework.levels.get(name=row["level"])))
    return found


def _issue_demo(scheme: Scheme, demo: dict[str, Any], people: dict[str, User]) -> int:
    """One certificate that lapses soon, once; nothing where its people are not loaded."""
    holder, by = people.get(demo["holder"]), people.get(demo["by"])
    if holder is None or by is None or scheme.credentials.filter(holder=holder).exists():
        return 0
    ends = timezone.localdate() + timedelta(days=demo["ends_in_days"])
    start = add_months(ends, -(scheme.valid_months or 0))
    issue(scheme, holder=holder, basis=demo["basis"], by=by, valid_from=start)
    return 1
