"""Schemes and certificates for tests; what two people do, in one call."""

from certification import services
from certification.models import Credential, Proposal, Scheme
from people.models import User
from tests.factories.courses import CompetencyFactory, course
from tests.factories.people import PersonFactory, professional, registrar


def scheme(page=None, *, percent=80, competency=True, **fields) -> Scheme:
    """A scheme whose rule is to pass a course, unless `rule` says otherwise."""
    if "rule" not in fields:
        page = page or course()
        fields["rule"] = {"course": page.slug} | ({"percent": percent} if percent else {})
    made = Scheme.objects.create(
        **{
            "code": f"scheme-{Scheme.objects.count()}",
            "title": "Cabling of small offices",
            "description": "Lays and tests cables.",
            "valid_months": 24,
        }
        | fields
    )
    if competency:
        row = CompetencyFactory()
        made.competencies.create(competency=row, level=row.framework.levels.first())
    return made


def two_keepers() -> tuple[User, User]:
    return registrar(), registrar()


def by_two(kind: str, keepers=None, *, reason="Practical assessment.", **of) -> Proposal:
    """Propose and confirm an act."""
    first, second = keepers or two_keepers()
    proposal = services.propose(kind, by=first, reason=reason, **of)
    return services.confirm(proposal, by=second)


def issued(holder=None, *, of=None, keepers=None, **fields) -> Credential:
    """A certificate that two people issued."""
    holder = holder or professional(person=PersonFactory(name_dz="བཀྲ་ཤིས་རྡོ་རྗེ"))
    of = of or scheme(**fields.pop("scheme", {}))
    proposal = by_two("issue", keepers, scheme=of, holder=holder, **fields)
    return Credential.objects.with_state().get(pk=proposal.credential_id)


def fresh(credential: Credential) -> Credential:
    return Credential.objects.with_state().get(pk=credential.pk)
