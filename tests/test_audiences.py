"""The four that ask who may know of a thing agree, in any small world.

They are lists (`visible_to`), search, notices (`people_in`) and the live hub. A fifth reading is
written here from the words alone.
"""

from dataclasses import dataclass, replace
from datetime import date

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from events.models import Talk
from forums.models import ExpertPool, PoolMembership
from live.models import Session
from live.queries import rights_now
from people.audiences import people_in
from people.models import Audience, CareerTrack, Posting, User
from search import services
from search.engines.base import Page
from tests.factories.events import EditionFactory
from tests.factories.forums import pool
from tests.factories.live import make_session
from tests.factories.people import (
    CentreFactory,
    DzongkhagFactory,
    OrganisationFactory,
    PersonFactory,
)
from tests.factories.search import document

pytestmark = pytest.mark.django_db
GROUPS = ("registrar", "gis")
AGENCIES = range(2)
HANDS = ("", "member", "expert", "lead", "left")
KINDS = (
    "public everyone officials operators heads group:registrar group:gis agency:0 agency:1 "
    "person:0 person:1 pool:NET serving:NET keepers:events"
).split()


@dataclass(frozen=True)
class Plan:
    """One person as plain values; agency and supervisor by their places."""

    active: bool
    superuser: bool
    groups: frozenset[str]
    agency: int | None
    works: str  # office, centre, first level
    ended: bool
    supervisor: int | None
    hand: str


PLANS = st.builds(
    Plan,
    active=st.sampled_from([True, True, True, False]),
    superuser=st.sampled_from([False, False, False, True]),
    groups=st.frozensets(st.sampled_from(GROUPS), max_size=2),
    agency=st.sampled_from([None, *AGENCIES, *AGENCIES]),
    works=st.sampled_from(["office", "office", "centre", "first level"]),
    ended=st.booleans(),
    supervisor=st.sampled_from([None, 0, 1, 2]),
    hand=st.sampled_from(HANDS),
)


def posted(plan: Plan) -> bool:
    return plan.agency is not None and not plan.ended


def holds(kind: str, at: int, plans: list[Plan]) -> bool:
    """Whether the person at this place belongs, by the words of people/audiences.py."""
    plan, (name, _, value) = plans[at], kind.partition(":")
    operates = posted(plan) and plan.works != "office"
    return {
        "public": True,
        "everyone": True,
        "officials": posted(plan) and not operates,
        "operators": operates,
        "heads": posted(plan)
        and not operates
        and any(
            posted(other) and other.supervisor == at and other.agency == plan.agency
            for other in plans
        ),
        "group": value in plan.groups,
        "agency": posted(plan) and str(plan.agency) == value,
        "person": str(at) == value,
        "pool": plan.hand in ("member", "expert", "lead"),
        "serving": plan.hand in ("expert", "lead"),
        "keepers": plan.superuser or "registrar" in plan.groups,
    }[name]


def build(plans: list[Plan]) -> tuple[list[User], list]:
    agencies = [OrganisationFactory() for _each in AGENCIES]
    track = CareerTrack.objects.create(code="SVC", name="Service")
    first_level = track.levels.create(order=1, code="OC", post_title="Operator")
    people = [
        PersonFactory(is_active=plan.active, is_superuser=plan.superuser, groups=plan.groups)
        for plan in plans
    ]
    network = pool("NET")
    for person, plan in zip(people, plans, strict=True):
        if plan.agency is not None:
            Posting.objects.create(
                person=person,
                organisation=agencies[plan.agency],
                dzongkhag=DzongkhagFactory(),
                centre=CentreFactory() if plan.works == "centre" else None,
                track_level=first_level if plan.works == "first level" else None,
                post_title="Somebody",
                supervisor=people[plan.supervisor] if plan.supervisor is not None else None,
                starts=date(2020, 1, 1),
                ends=date(2024, 1, 1) if plan.ended else None,
            )
        if plan.hand:
            PoolMembership.objects.create(
                pool=network,
                person=person,
                role="expert" if plan.hand == "left" else plan.hand,
                ends=date(2024, 1, 1) if plan.hand == "left" else None,
            )
    return people, agencies


def audience_of(kinds, people, agencies) -> Audience:
    def token(kind: str) -> str:
        name, _, value = kind.partition(":")
        row = {"person": people, "agency": agencies}.get(name)
        return f"{name}:{row[int(value)].pk}" if row else kind

    return Audience.objects.of(*map(token, kinds))


@pytest.fixture(autouse=True)
def _groups():
    for name in GROUPS:
        Group.objects.get_or_create(name=name)


NOBODY = Plan(True, False, frozenset(), None, "office", False, None, "")


# An operator whom an officer of the same agency names as supervisor: no head.
@example(
    plans=[
        replace(NOBODY, agency=0, works="centre"),
        replace(NOBODY, agency=0, supervisor=0),
        NOBODY,
    ],
    mixed=[],
)
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    plans=st.lists(PLANS, min_size=3, max_size=4),
    mixed=st.lists(st.lists(st.sampled_from(KINDS), max_size=3), max_size=3),
)
def test_lists_search_notices_and_the_live_hub_agree(plans, mixed):
    with transaction.atomic():
        people, agencies = build(plans)
        wanted = [[kind] for kind in KINDS] + mixed
        audiences = [audience_of(kinds, people, agencies) for kinds in wanted]
        said = zip(*(ask(audiences, people) for ask in (lists, search, notices, hub)), strict=True)
        for at, (person, answers) in enumerate(zip(people, said, strict=True)):
            belongs = [any(holds(kind, at, plans) for kind in kinds) for kinds in wanted]
            public = ["public" in kinds for kinds in wanted]
            if person.is_active:
                assert list(answers) == [belongs] * 4, plans
            else:  # as a visitor: what is public, and no notice
                assert list(answers) == [public, public, *[[False] * len(wanted)] * 2], plans
        transaction.set_rollback(True)


def lists(audiences, people) -> list[list[bool]]:
    """For each person, for each audience: whether a talk for it is on their list."""
    edition = EditionFactory()
    Talk.objects.bulk_create(
        Talk(edition=edition, title="T", slug=f"t{n}", starts=timezone.now(), audience=audience)
        for n, audience in enumerate(audiences)
    )
    found = [set(Talk.objects.visible_to(fresh(p)).values_list("slug", flat=True)) for p in people]
    return [[f"t{n}" in slugs for n in range(len(audiences))] for slugs in found]


def search(audiences, people) -> list[list[bool]]:
    for number, audience in enumerate(audiences):
        document(f"topic:{number}", "A small world", audience=audience.key.split())
    page, found = Page(1, 100), []
    for person in people:
        tokens = fresh(person).audience_tokens
        answer = services.search("small world", tokens=tokens, page=page)
        found.append({hit.key for hit in answer.results.hits})
    return [[f"topic:{n}" in keys for n in range(len(audiences))] for keys in found]


def notices(audiences, people) -> list[list[bool]]:
    told = [set(people_in(audience).values_list("pk", flat=True)) for audience in audiences]
    return [[person.pk in those for those in told] for person in people]


def hub(audiences, people) -> list[list[bool]]:
    session = make_session(pool=ExpertPool.objects.get(code="NET"), state="scheduled")
    seated, everybody = [], {person.pk for person in people}
    for audience in audiences:
        Session.objects.filter(pk=session.pk).update(audience=audience)
        seated.append(rights_now(session.pk, everybody).members)
    return [[person.pk in those for those in seated] for person in people]


def fresh(person) -> User:
    """As the next request reads it."""
    return User.objects.get(pk=person.pk)
