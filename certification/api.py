"""Certificates for programs: own ones, and the public check."""

from datetime import date

from django.http import Http404
from django.utils import timezone
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

    @staticmethod
    def resolve_name(row) -> str:
        return row.shown_name


class CheckOut(CredentialOut):
    signature_holds: bool
    name_withheld: bool
    status_changed_on: date | None
    status_reason: str | None

    @staticmethod
    def resolve_signature_holds(row) -> bool:
        return queries.is_genuine(row)

    @staticmethod
    def resolve_name_withheld(row) -> bool:
        return row.is_withheld

    @staticmethod
    def resolve_status_changed_on(row) -> date | None:
        return timezone.localdate(row.last_event.at) if row.last_event else None

    @staticmethod
    def resolve_status_reason(row) -> str | None:
        return row.last_event.reason if row.last_event else None


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
    return credential
