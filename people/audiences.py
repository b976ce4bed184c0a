"""The one audience rule: which tokens a person holds, and who holds a token.

Tokens: `public` (also without sign-in), `everyone` (signed in), `officials`,
`operators`, `heads`, `group:<name>`, `agency:<organisation id>`, `person:<user id>`,
and what higher rooms add through `token_sources` (`pool:<code>`, `serving:<code>`).

`QuerySet.visible_to`, the search filter, the mail outbox and the live hub all ask
here, so that they cannot differ.
"""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

PUBLIC = "public"
EVERYONE = "everyone"
OFFICIALS = "officials"
OPERATORS = "operators"
HEADS = "heads"


class TokenSource(NamedTuple):
    """How a higher room adds tokens: lms/wiring.py connects it."""

    prefix: str
    tokens_of: "TokensOf"
    people_of: "PeopleOf"


class TokensOf(Protocol):
    def __call__(self, person) -> Iterable[str]: ...


class PeopleOf(Protocol):
    def __call__(self, value: str) -> QuerySet: ...


token_sources: list[TokenSource] = []


def agency_token(organisation_id: int) -> str:
    return f"agency:{organisation_id}"


def person_token(person_id: int) -> str:
    return f"person:{person_id}"


def tokens_of(person) -> frozenset[str]:
    """Every token that `person` holds now; an anonymous or inactive one holds only `public`."""
    if not (person.is_authenticated and person.is_active):
        return frozenset({PUBLIC})
    tokens = {PUBLIC, EVERYONE, person_token(person.pk)}
    posting = person.open_posting
    if posting:
        tokens.add(agency_token(posting.organisation_id))
        tokens.add(OPERATORS if "operator" in person.roles else OFFICIALS)
    if "head" in person.roles:
        tokens.add(HEADS)
    tokens.update(f"group:{name}" for name in person.group_names)
    for source in token_sources:
        tokens.update(source.tokens_of(person))
    return frozenset(tokens)


def people_in(audience) -> QuerySet:
    """The active people who belong to `audience`: the reverse of `tokens_of`, in one query set."""
    user_model = get_user_model()
    people = user_model.objects.none()
    for token in audience.tokens.values_list("token", flat=True):
        people = people | user_model.objects.filter(pk__in=_holders(token).values("pk"))
    return people.filter(is_active=True).distinct()


def _holders(token: str) -> QuerySet:
    from people import roles  # noqa: PLC0415 (roles read audiences' constants)

    people = get_user_model().objects.all()
    kind, _, value = token.partition(":")
    if token in (PUBLIC, EVERYONE):
        return people
    if token == OFFICIALS:
        return roles.officials()
    if token == OPERATORS:
        return roles.operators()
    if token == HEADS:
        return roles.heads()
    if kind == "agency":
        return people.filter(postings__ends__isnull=True, postings__organisation_id=int(value))
    if kind == "person":
        return people.filter(pk=value)
    if kind == "group":
        return people.filter(groups__name=value)
    for source in token_sources:
        if source.prefix == kind:
            return source.people_of(value)
    raise ValueError(f"No room knows the audience token {token!r}.")
