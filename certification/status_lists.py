"""Bitstring status lists: which certificates were revoked or suspended, signed and public.

A list is made from the rows of StatusEvent each time that it is asked for, so page and list
cannot differ, and the list of any earlier moment can be made again.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from openvc.status.bitstring import encode_bitstring, set_status_bit

from certification import badge, keys
from certification.models import Credential, StatusEvent
from certification.states import Action, Standing, after

LENGTH = 131_072  # the smallest that the standard allows, so that one bit hides among many
FILLED = LENGTH // 2  # then the next list begins: places are drawn at random
PURPOSES = {"revocation": Standing.REVOKED, "suspension": Standing.SUSPENDED}
FRESH = timedelta(days=7)


@dataclass(frozen=True)
class Change:
    index: int
    at: datetime
    action: str


def numbers() -> list[int]:
    """The numbers of the lists that certificates have places in."""
    rows = Credential.objects.filter(status_list__isnull=False).values_list("status_list")
    return sorted({number for (number,) in rows.distinct() if number}) or [1]


def changes(number: int, at: datetime) -> list[Change]:
    """All that was done to the certificates of a list until `at`, in its order."""
    rows = StatusEvent.objects.filter(credential__status_list=number, at__lte=at)
    found = rows.values_list("credential__status_index", "at", "action")
    return [Change(index, moment, action) for index, moment, action in found if index is not None]


def signed_list(purpose: str, number: int, *, at: datetime) -> str:
    """The list credential of `purpose`, as it stood at `at`, as a token."""
    address = badge.status_list_url(purpose, number)
    done = changes(number, at)
    payload: dict[str, Any] = {
        "@context": badge.CONTEXT[:1],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": settings.SITE_URL,
        "validFrom": badge.moment_text(at),
        "validUntil": badge.moment_text(at + FRESH),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encode_bitstring(bytes(_bits(done, PURPOSES[purpose]))),
        },
        badge.CHANGES: [[one.index, int(one.at.timestamp()), one.action] for one in done],
        "iss": settings.SITE_URL,
        "sub": address,
        "iat": int(at.timestamp()),
        "nbf": int(at.timestamp()),
        "exp": int((at + FRESH).timestamp()),
    }
    return badge.signed(payload, keys.signing_key(), typ=badge.STATUS)


def bundle(*, at: datetime) -> dict[str, Any]:
    """All that anybody needs to check certificates without this site: keys and lists."""
    return {
        "issuer": settings.SITE_URL,
        "made": badge.moment_text(at),
        "keys": list(keys.public_keys().values()),
        "lists": [
            signed_list(purpose, number, at=at) for purpose in PURPOSES for number in numbers()
        ],
    }


def keep_bundle() -> None:
    """Write the bundle beside the keys, whole or not at all: the worker keeps it fresh."""
    if not keys.public_keys():
        return
    target = keys.bundle_file()
    draft = target.with_suffix(".draft")
    draft.write_text(json.dumps(bundle(at=timezone.now())))
    draft.replace(target)


def _bits(done: Iterable[Change], wanted: Standing) -> bytearray:
    bits = bytearray(LENGTH // 8)
    by_index: dict[int, list[str]] = {}
    for one in done:
        by_index.setdefault(one.index, []).append(one.action)
    for index, actions in by_index.items():
        if after(Action(action) for action in actions) == wanted:
            set_status_bit(bits, index, 1)
    return bits
