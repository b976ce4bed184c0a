"""Reads of certificates."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from certification import badge, keys
from certification.models import Credential
from people.holdings import Holding

SOON_DAYS = 60


def lapsing_for(person, within_days: int = SOON_DAYS) -> QuerySet[Credential]:
    """Valid certificates of `person` that end soon and are not renewed yet, soonest first."""
    today = timezone.localdate()
    ends = today + timedelta(days=within_days)
    held = Credential.objects.filter(holder=person, revocation=None)
    renewed = held.filter(valid_until__gt=ends).values("scheme")
    lasting = held.filter(valid_until=None).values("scheme")
    return (
        held.filter(valid_until__range=(today, ends))
        .exclude(scheme__in=renewed)
        .exclude(scheme__in=lasting)
        .with_state()
        .order_by("valid_until")
    )


def holdings_of(person) -> list[Holding]:
    """Certificates that hold today."""
    rows = Credential.objects.filter(holder=person).with_state()
    return [
        Holding("Certificate", row.title, row.get_absolute_url())
        for row in rows
        if row.state == Credential.State.VALID
    ]


def find(serial: str) -> Credential | None:
    """The certificate with this number, however somebody typed it."""
    serial = serial.strip().upper().replace(" ", "-")
    if "\0" in serial or len(serial) > 20:
        return None
    return Credential.objects.with_state().filter(serial=serial).first()


def is_genuine(credential: Credential) -> bool:
    """Whether the signature holds and the row says what was signed."""
    try:
        signed = badge.read(credential.jwt, keys.public_keys())
    except badge.NotGenuineError:
        return False
    names = [row["identityHash"] for row in signed["credentialSubject"]["identifier"]]
    printed = [name for name in (credential.name, credential.name_dz) if name]
    until = credential.valid_until
    return (
        credential.claims.items() <= signed.items()
        and names == printed
        and signed["id"].rstrip("/").endswith(credential.serial)
        and signed["name"] == credential.title
        and signed["nbf"] == int(badge.start_of(credential.valid_from).timestamp())
        and signed.get("exp") == (int(badge.end_of(until).timestamp()) if until else None)
    )
