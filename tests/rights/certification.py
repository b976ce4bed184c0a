from certification.models import Credential, Proposal, Scheme
from people.models import Centre, User
from tests.rights import PUBLIC, SIGNED_IN, Right

KEEPERS = frozenset({"registrar", "administrator"})  # the demo certificate is of operator_2
OVERSEERS = KEEPERS | {"bank_officer", "dzongkhag_officer", "operator"}


def serial():
    return [Credential.objects.filter(holder__employee_id="OPR053").first().serial]


def pdf():
    return [*serial(), "pdf"]


def proposal():
    row, _made = Proposal.objects.get_or_create(
        kind="issue", scheme=Scheme.objects.first(), holder=User.objects.first(), reason="x"
    )
    return [row.pk, "confirm"]


def scheme():
    return [Scheme.objects.first().code]


def mongar_centre():
    return [Centre.objects.filter(gewog__dzongkhag__name="Mongar").first().code]


RIGHTS = {
    "certification:mine": Right(SIGNED_IN),
    "certification:certificate": Right(KEEPERS, args=serial, refused=404),
    "certification:download": Right(KEEPERS, args=pdf, refused=404, html=False, kilobytes=600),
    "certification:change": Right(SIGNED_IN, args=serial, status=405),
    "certification:proposals": Right(KEEPERS),
    "certification:refreshers": Right(KEEPERS),
    "certification:decide": Right(SIGNED_IN, args=proposal, status=405),
    "certification:scheme": Right(KEEPERS, args=scheme),
    "certification:check_form": Right(PUBLIC),
    "certification:check": Right(PUBLIC, args=serial, kilobytes=20),
    "certification:paper": Right(PUBLIC, kilobytes=20),
    "certification:paper_worker": Right(PUBLIC, html=False),
    "certification:paper_data": Right(PUBLIC, html=False),
    "certification:status_list": Right(PUBLIC, args=lambda: ["revocation", 1], html=False),
    "certification:jwks": Right(PUBLIC, html=False),
    "certification:readiness": Right(OVERSEERS),
    "certification:readiness_csv": Right(OVERSEERS, html=False),
    "certification:readiness_of": Right(OVERSEERS - {"operator"}, args=mongar_centre, refused=404),
    "api:own_credentials": Right(SIGNED_IN, html=False),
    "api:check_credential": Right(PUBLIC, args=serial, html=False),
}
