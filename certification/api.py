"""Certificates for programs: own ones, and the public check."""

from datetime import date

from django.http import Http404
from ninja import Router, Schema
from ninja.pagination import paginate

from certification import queries
from certification.models import Credential
from people.paging import Paging

router = Router(tags=["certificates"])


class CredentialOut(Schema):
    serial: str
    title: str
    name: str
    name_dz: str
    basis: str
    valid_from: date
    valid_until: date | None
    state: str
    check_url: str


class CheckOut(CredentialOut):
    signature_holds: bool
    revoked_on: date | None
    revoked_reason: str | None


@router.get("/credentials", response=list[CredentialOut])
@paginate(Paging)
def own_credentials(request):
    """The certificates of the person who is signed in, newest first."""
    return Credential.objects.filter(holder=request.user).with_state()


@router.get("/credentials/{serial}", response=CheckOut, auth=None)
def check_credential(request, serial: str):
    """What is printed on a certificate and whether it holds. Public."""
    credential = queries.find(serial)
    if credential is None:
        raise Http404
    revoked = credential.revoked
    facts = CredentialOut.from_orm(credential).dict()
    return facts | {
        "signature_holds": queries.is_genuine(credential),
        "revoked_on": revoked.revoked_at.date() if revoked else None,
        "revoked_reason": revoked.reason if revoked else None,
    }
