"""Brings the schemes of starter/schemes.yaml into the site; safe to repeat."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from assessments.models import Category
from certification.forms import unknown_names
from certification.models import Proposal, Scheme, ServiceRequirement
from certification.services import confirm, propose
from certification.tree import leaves, parse
from competencies.models import Competency, Level
from competencies.standing import add_months
from courses.models import CoursePage
from courses.starter import load_quiz
from people.models import CentreService, User
from people.roles import operators
from people.starter import cast


def load(folder: Path) -> str:
    """Load every scheme whose courses are there; one line that says what came in and waits."""
    people = cast(folder)
    text = yaml.safe_load((folder / "schemes.yaml").read_text("utf-8"))
    for quiz in text.get("refreshers", ()):
        if _has_questions(quiz):
            load_quiz(quiz)
    loaded, waiting, issued = 0, [], 0
    for row in text["schemes"]:
        lacking = unknown_names([*leaves(parse(row["rule"])), *_renewal_leaves(row)])
        if lacking:
            waiting.append(f"“{row['title']}” waits: {' '.join(lacking)}")
            continue
        scheme = _load_scheme(row)
        loaded += 1
        if settings.DEMO and "demo" in row:
            issued += _issue_demo(scheme, row["demo"], people)
    if settings.DEMO and "demo_operators" in text:
        issued += _certify_operators(text["demo_operators"], people)
    return "; ".join([f"{loaded} certificate schemes, {issued} certificates issued", *waiting])


def _has_questions(quiz: dict[str, Any]) -> bool:
    shelves = {draw["category"] for draw in quiz["draws"]}
    return Category.objects.filter(slug__in=shelves).count() == len(shelves)


def _renewal_leaves(row: dict[str, Any]) -> list:
    return list(leaves(parse(row["renewal"]))) if row.get("renewal") else []


@transaction.atomic
def _load_scheme(text: dict[str, Any]) -> Scheme:
    scheme, _created = Scheme.objects.update_or_create(
        code=text["code"],
        defaults={
            "title": text["title"],
            "description": text["description"],
            "rule": text["rule"],
            "renewal": text.get("renewal"),
            "valid_months": text["valid_months"],
            "renew_from_days": text.get("renew_from_days", 90),
            "refresher_days": text.get("refresher_days"),
            "grace_days": text.get("grace_days", 0),
        },
    )
    for competency, level in _competencies(text["competencies"], scheme):
        scheme.competencies.update_or_create(competency=competency, defaults={"level": level})
    for slug in text.get("services", ()):
        service = CentreService.objects.filter(slug=slug).first()
        if service is not None:
            ServiceRequirement.objects.update_or_create(
                service=service, defaults={"scheme": scheme}
            )
    return scheme


def _competencies(rows: Any, scheme: Scheme) -> list[tuple[Competency, Level]]:
    if rows == "from course":
        slugs = [leaf.key for leaf in leaves(scheme.earned_by) if leaf.kind == "course"]
        course = CoursePage.objects.get(slug=slugs[0])
        return [(row.competency, row.level) for row in course.competencies.all()]
    found = []
    for row in rows:
        competency = Competency.objects.get(code=row["code"])
        found.append((competency, competency.framework.levels.get(name=row["level"])))
    return found


def _issue_demo(scheme: Scheme, demo: dict[str, Any], people: dict[str, User]) -> int:
    """One certificate that lapses soon, once; nothing where its people are not loaded."""
    holder, by = people.get(demo["holder"]), [people.get(key) for key in demo["by"]]
    if holder is None or None in by:
        return 0
    return _issue(scheme, holder, by, ends_in_days=demo["ends_in_days"], basis=demo["basis"])


@transaction.atomic
def _certify_operators(demo: dict[str, Any], people: dict[str, User]) -> int:
    """So many certificates that the map of readiness shows each state."""
    by = [people.get(key) for key in demo["by"]]
    if None in by:
        return 0
    holders = operators().filter(
        postings__ends=None, postings__centre__gewog__dzongkhag__name__in=demo["dzongkhags"]
    )
    schemes = list(Scheme.objects.filter(services__isnull=False).distinct())
    issued = 0
    for number, holder in enumerate(holders.order_by("employee_id")):
        days = demo["ends_in_days"][number % len(demo["ends_in_days"])]
        lacks = number % demo["every_so_many_lacks_one"] == 0
        for scheme in schemes[1 if lacks else 0 :]:
            issued += _issue(scheme, holder, by, ends_in_days=days, basis=demo["basis"])
    return issued


def _issue(scheme: Scheme, holder: User, by: list, *, ends_in_days: int, basis: str) -> int:
    if scheme.credentials.filter(holder=holder).exists():
        return 0
    ends = timezone.localdate() + timedelta(days=ends_in_days)
    start = add_months(ends, -(scheme.valid_months or 0))
    proposer, second = by
    proposal = propose(
        Proposal.Kind.ISSUE,
        by=proposer,
        reason=basis,
        scheme=scheme,
        holder=holder,
        valid_from=start,
    )
    confirm(proposal, by=second)
    return 1
