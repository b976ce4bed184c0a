"""Who issues advisories, who follows them, and for whom somebody answers."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from desk.models import Addressee, AddresseeQuerySet, Advisory
from forums.audiences import pool_roles
from forums.models import ExpertPool
from forums.rules import may_manage
from people.models import Posting, User
from people.roles import GROUPS
from people.rules import may_keep_registry

REGISTRAR = GROUPS[0]


def may_issue(person) -> bool:
    """The parent agency, and who leads a pool."""
    return may_keep_registry(person) or "lead" in person.roles


def pools_of(person) -> QuerySet[ExpertPool]:
    """The pools in whose name `person` issues."""
    led = [code for code, role in pool_roles(person).items() if role == "lead"]
    return ExpertPool.objects.live().filter(code__in=led).order_by("title")


def may_follow(person, advisory: Advisory) -> bool:
    """Who sees what became of it everywhere, and withdraws it: the parent agency, the lead."""
    if may_keep_registry(person):
        return True
    return advisory.pool is not None and may_manage(person, advisory.pool)


def parent_agency() -> QuerySet[User]:
    """Who hears for the parent agency: registrars and administrators."""
    keepers = Q(is_superuser=True) | Q(groups__name=REGISTRAR)
    return User.objects.filter(keepers, is_active=True).distinct()


def answered_by(person) -> AddresseeQuerySet:
    """For whom `person` may answer.

    Operators for their centre, everybody else with a posting for their agency; an officer of a
    dzongkhag also for its centres that have no operator.
    """
    posting = person.open_posting
    if posting is None:
        return Addressee.objects.none()
    if "operator" in person.roles:
        return Addressee.objects.filter(centre=posting.centre_id, centre__isnull=False)
    mine = Q(organisation=posting.organisation_id)
    if "dzongkhag_officer" in person.roles:
        running = Posting.objects.open().filter(centre=OuterRef("centre"))
        mine |= Q(~Exists(running), centre__gewog__dzongkhag=posting.dzongkhag_id)
    return Addressee.objects.filter(mine)
