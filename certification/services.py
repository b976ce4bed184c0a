"""Writes of certificates: issue and revoke."""

import secrets
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certification import badge, keys
from certification.models import Credential, Revocation, Scheme
from certification.rules import may_keep_certificates, reaches
from competencies.standing import add_months
from courses.models import Completion
from people.models import User

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is read as another


def follow_completion(completion: Completion) -> None:
    """A course was completed: issue what its schemes certify, in the same transaction.

    The evidence of the competencies was written by the course; it is not doubled here.
    """
    for scheme in Scheme.objects.filter(course=completion.course_id):
        if reaches(completion.quiz_percent, scheme.pass_mark):
            basis = f"Passed the course “{completion.course_version.title}”."
            if completion.quiz_percent is not None:
                basis = f"{basis[:-1]} with {completion.quiz_percent:.0f} % in the final quiz."
            _issue(scheme, holder=completion.person, basis=basis, completion=completion)


@transaction.atomic
def issue(
    scheme: Scheme, *, holder: User, basis: str, by: User, valid_from: date | None = None
) -> Credential:
    """Certify `holder` without a course, on a stated basis. Safe to repeat on the same day."""
    if not may_keep_certificates(by):
        raise PermissionDenied(_("Only registrars and administrators issue certificates by hand."))
    return _issue(scheme, holder=holder, basis=basis, valid_from=valid_from)


def _issue(
    scheme: Scheme,
    *,
    holder: User,
    basis: str,
    completion: Completion | None = None,
    valid_from: date | None = None,
) -> Credential:
    """The constraint of the table decides between two at once; the loser's transaction ends."""
    User.objects.select_for_update().get(pk=holder.pk)  # issues to one person wait for each other
    valid_from = valid_from or timezone.localdate()
    which = {"completion": completion} if completion else {"valid_from": valid_from}
    found = Credential.objects.filter(scheme=scheme, holder=holder, **which).first()
    if found:
        return found
    credential = Credential(
        serial=_new_serial(valid_from),
        scheme=scheme,
        holder=holder,
        name=holder.name,
        name_dz=holder.name_dz,
        title=scheme.title,
        completion=completion,
        basis=basis,
        valid_from=valid_from,
        valid_until=add_months(valid_from, scheme.valid_months) if scheme.valid_months else None,
        issued_at=timezone.now(),
    )
    named = scheme.competencies.select_related("competency__framework", "level")
    allowed = named.filter(competency__framework__may_certify=True)
    credential.claims = badge.claims(credential, list(allowed))
    credential.jwt = badge.sign(credential.claims, keys.signing_key())
    credential.save(force_insert=True)
    return credential


@transaction.atomic
def revoke(credential: Credential, *, by: User, reason: str) -> Revocation:
    """Take a certificate back for a reason that everybody can read. The first reason stands."""
    if not may_keep_certificates(by):
        raise PermissionDenied(_("Only registrars and administrators take certificates back."))
    Credential.objects.select_for_update().get(pk=credential.pk)
    revocation, _created = Revocation.objects.get_or_create(
        credential=credential, defaults={"by": by, "reason": reason}
    )
    return revocation


def _new_serial(day: date) -> str:
    letters = "".join(secrets.choice(LETTERS) for _each in range(8))
    return f"CC-{day.year}-{letters[:4]}-{letters[4:]}"
