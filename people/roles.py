"""What a person is. Roles follow from postings, groups and what higher rooms add; none is stored.

operator       open posting at a centre, or on the first level of the service track at one
professional   any other open posting
head           no operator; supervises somebody in the organisation of the own open posting
dzongkhag_officer  open posting in a dzongkhag administration, not an operator
registrar, author, assessor, bank_officer, moderator   groups of the same name
administrator  superuser
leaver         has postings, none of them open
"""

from collections.abc import Callable, Iterable

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, QuerySet

from people.models import Posting

GROUPS = ("registrar", "author", "assessor", "bank_officer", "moderator")
OPERATOR_LEVEL = "OC"  # "Community Centre Operator" in tracks.csv
DZONGKHAG_ADMINISTRATION = "Dzongkhag Administration"

role_sources: list[Callable[[object], Iterable[str]]] = []


def roles_of(person) -> frozenset[str]:
    """The roles that `person` has now."""
    if not (person.is_authenticated and person.is_active):
        return frozenset()
    found = set(person.group_names.intersection(GROUPS))
    if person.is_superuser:
        found.add("administrator")
    posting = person.open_posting
    if posting is None:
        if person.postings.exists():
            found.add("leaver")
    elif is_operator_posting(posting):
        found.add("operator")
    else:
        found.add("professional")
        if posting.organisation.name.startswith(DZONGKHAG_ADMINISTRATION):
            found.add("dzongkhag_officer")
        if heads().filter(pk=person.pk).exists():
            found.add("head")
    for source in role_sources:
        found.update(source(person))
    return frozenset(found)


def is_operator_posting(posting: Posting) -> bool:
    return bool(
        posting.centre_id or (posting.track_level and posting.track_level.code == OPERATOR_LEVEL)
    )


def operators() -> QuerySet:
    user_model = get_user_model()
    open_postings = Posting.objects.open().filter(person=OuterRef("pk"))
    return user_model.objects.filter(
        Exists(open_postings.filter(centre__isnull=False))
        | Exists(open_postings.filter(track_level__code=OPERATOR_LEVEL))
    )


def officials() -> QuerySet:
    """Everybody with an open posting who is no operator."""
    open_postings = Posting.objects.open().filter(person=OuterRef("pk"))
    return (
        get_user_model()
        .objects.filter(Exists(open_postings))
        .exclude(pk__in=operators().values("pk"))
    )


def heads() -> QuerySet:
    """People, no operators, whom somebody of the same organisation names as supervisor."""
    own = Posting.objects.open().filter(person=OuterRef("supervisor"))
    named = (
        Posting.objects.open()
        .annotate(same=Exists(own.filter(organisation=OuterRef("organisation"))))
        .filter(same=True)
        .values("supervisor")
    )
    return get_user_model().objects.filter(pk__in=named).exclude(pk__in=operators().values("pk"))
