from certification.models import Credential
from tests.rights import PUBLIC, SIGNED_IN, Right

KEEPERS = frozenset({"registrar", "administrator"})  # the demo certificate is of operator_2


def serial():
    return [Credential.objects.first().serial]


def pdf():
    return [*serial(), "pdf"]


RIGHTS = {
    "certification:mine": Right(SIGNED_IN),
    "certification:certificate": Right(KEEPERS, args=serial, refused=404),
    "certification:download": Right(KEEPERS, args=pdf, refused=404, html=False, kilobytes=600),
    "certification:revoke": Right(SIGNED_IN, args=serial, status=405),
    "certification:check_form": Right(PUBLIC),
    "certification:check": Right(PUBLIC, args=serial),
    "certification:jwks": Right(PUBLIC, html=False),
    "api:own_credentials": Right(SIGNED_IN, html=False),
    "api:check_credential": Right(PUBLIC, args=serial, html=False),
}
