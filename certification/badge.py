"""An Open Badges 3.0 credential on the VC 2.0 data model, as plain values; and its tokens.

Open Badges wants the credential itself as the payload of the token. The VC-JWT lane of
openvc wraps it in a `vc` claim, which Open Badges verifiers refuse; so the three parts of
the token are joined here, with openvc's key and its check of a signature.

Three kinds of token are signed, told apart by `typ`: the credential, the short slip that
fits into a printed QR code, and the status list.
"""

import base64
import binascii
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from openvc.keys import P256SigningKey, verify_signature

from certification.tree import Mark

CONTEXT = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]
TYPES = ["VerifiableCredential", "OpenBadgeCredential"]
CREDENTIAL, SLIP, STATUS = "JWT", "slip+jwt", "vc+jwt"  # the `typ` of each token
SUSPENSION = "ict_commons_suspension"  # Open Badges has room for one status entry only
COMPROMISED = "compromised_from"  # of a public key: from then on it proves nothing
CHANGES = "ict_commons_changes"  # of a list: [index, second, action], so of any moment
WITHHELD = "Name withheld"


class NotGenuineError(ValueError):
    """A token is no certificate of ours; the text says why."""


class UnsafeKeyError(NotGenuineError):
    """The signature holds, but its key had got out when it was made: anybody may have made it."""


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of(day: date) -> datetime:
    """The last second of `day` in Thimphu."""
    return start_of(day + timedelta(days=1)) - timedelta(seconds=1)


def claims(credential, competencies: Iterable, marks: Iterable[Mark] = ()) -> dict[str, Any]:
    """The credential document for a row that is about to be issued."""
    scheme = credential.scheme
    base = f"{settings.SITE_URL}/certificates/#{scheme.code}"
    described, results = [], []
    for row in competencies:
        described.append(_level_description(row, base))
        results.append(_result(described[-1]["id"], achievedLevel=_level_id(row, row.level, base)))
    for number, mark in enumerate(marks, start=1):
        described.append(_mark_description(mark, f"{base}-mark-{number}"))
        results.append(_result(described[-1]["id"], value=f"{mark.percent:.0f}"))
    achievement: dict[str, Any] = {
        "id": base,
        "type": ["Achievement"],
        "achievementType": "Certification",
        "name": scheme.title,
        "description": scheme.description,
        "criteria": {"narrative": credential.basis},
        "alignment": [_alignment(row) for row in competencies],
    }
    subject: dict[str, Any] = {
        "id": f"urn:ict-commons:person:{credential.serial}",
        "type": ["AchievementSubject"],
        "identifier": [_name(name) for name in (credential.name, credential.name_dz) if name],
        "achievement": achievement,
    }
    if described:
        achievement["resultDescription"] = described
        subject["result"] = results
    document = {
        "@context": CONTEXT,
        "id": credential.check_url,
        "type": TYPES,
        "name": scheme.title,
        "issuer": {"id": settings.SITE_URL, "type": ["Profile"], "name": "ICT Commons"},
        "validFrom": moment_text(start_of(credential.valid_from)),
        "credentialSubject": subject,
    }
    if credential.valid_until:
        document["validUntil"] = moment_text(end_of(credential.valid_until))
    if credential.status_index is not None:
        place = (credential.status_list, credential.status_index)
        document["credentialStatus"] = status_entry("revocation", *place)
        document[SUSPENSION] = status_entry("suspension", *place)
    return document


def without_name(document: dict[str, Any]) -> dict[str, Any]:
    """The same credential for somebody whose name is no longer told."""
    subject = document["credentialSubject"] | {"identifier": [_name(WITHHELD)]}
    return document | {"credentialSubject": subject}


def status_list_url(purpose: str, number: int) -> str:
    return f"{settings.SITE_URL}/credentials/status/{purpose}/{number}"


def status_entry(purpose: str, number: int, index: int) -> dict[str, Any]:
    address = status_list_url(purpose, number)
    return {
        "id": f"{address}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": address,
    }


def sign(document: dict[str, Any], key: P256SigningKey, *, at: datetime) -> str:
    """The credential as a compact token; `iss`, `nbf` and so on repeat what it says."""
    payload = document | {
        "iss": document["issuer"]["id"],
        "sub": document["credentialSubject"]["id"],
        "jti": document["id"],
        "iat": int(at.timestamp()),
        "nbf": seconds(document["validFrom"]),
    }
    if "validUntil" in document:
        payload["exp"] = seconds(document["validUntil"])
    return signed(payload, key, typ=CREDENTIAL)


def slip(credential, key: P256SigningKey, *, at: datetime) -> str:
    """What is printed, as a token short enough for a QR code that a phone reads from paper."""
    payload = {
        "iss": settings.SITE_URL,
        "jti": credential.serial,
        "iat": int(at.timestamp()),
        "nbf": int(start_of(credential.valid_from).timestamp()),
        "title": credential.title,
        "name": credential.name,
    }
    if credential.name_dz:
        payload["dz"] = credential.name_dz
    if credential.valid_until:
        payload["exp"] = int(end_of(credential.valid_until).timestamp())
    if credential.status_index is not None:
        payload["at"] = [credential.status_list, credential.status_index]
    return signed(payload, key, typ=SLIP)


def signed(payload: dict[str, Any], key: P256SigningKey, *, typ: str) -> str:
    """A compact token. A slip names its key by thumbprint alone, to stay short."""
    kid = key.kid.partition("#")[2] if typ == SLIP else key.kid
    header = {"alg": key.alg, "typ": typ, "kid": kid}
    text = f"{_pack(header)}.{_pack(payload)}"
    return f"{text}.{base64url(key.sign(text.encode()))}"


def read(
    token: str, keys: dict[str, dict[str, Any]], *, typ: str | None = CREDENTIAL
) -> dict[str, Any]:
    """The payload of a token that one of `keys` signed; NotGenuineError otherwise.

    Dates of validity are not looked at: an expired certificate is a genuine one. A token
    that was signed after its key was no longer safe is not.
    """
    try:
        head, body, signature = token.strip().split(".")
        header, payload = json.loads(_unpack(head)), json.loads(_unpack(body))
        raw = _unpack(signature)
    except (ValueError, RecursionError) as error:
        raise NotGenuineError("This is no signed certificate.") from error
    if not isinstance(header, dict) or not isinstance(payload, dict):
        raise NotGenuineError("This is no signed certificate.")
    if typ is not None and header.get("typ") != typ:
        raise NotGenuineError("This is a token of another kind.")
    key = _key(header.get("kid"), keys)
    if header.get("alg") != "ES256" or key is None:
        raise NotGenuineError("It was signed with a key that is not ours.")
    if not verify_signature(
        alg="ES256", public_jwk=key, signing_input=f"{head}.{body}".encode(), signature=raw
    ):
        raise NotGenuineError("The signature does not fit the text: it was changed.")
    unsafe = key.get(COMPROMISED)
    signed_at: float = payload.get("iat") or payload.get("nbf") or 0
    if unsafe and signed_at >= seconds(unsafe):
        raise UnsafeKeyError(f"Its key was no longer safe when it was signed, from {unsafe} on.")
    return payload


def kind_of(token: str) -> str | None:
    """The `typ` that a token claims; None for what is no token."""
    try:
        header = json.loads(_unpack(token.strip().split(".")[0]))
    except (ValueError, RecursionError):
        return None
    return header.get("typ") if isinstance(header, dict) else None


def kid_of(token: str) -> str:
    """The key that a token of our own names; empty for what is no token."""
    try:
        header = json.loads(_unpack(token.split(".")[0]))
    except (ValueError, RecursionError):
        return ""
    return header.get("kid", "")


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def _key(kid: Any, keys: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    if not isinstance(kid, str) or not kid:
        return None
    found = keys.get(kid)
    short = (key for name, key in keys.items() if name.partition("#")[2] == kid)
    return found or next(short, None)


def _unpack(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(part) from error


def _pack(value: dict[str, Any]) -> str:
    return base64url(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _name(text: str) -> dict[str, Any]:
    return {
        "type": "IdentityObject",
        "identityHash": text,
        "identityType": "name",
        "hashed": False,
    }


def _alignment(row) -> dict[str, Any]:
    return {
        "type": ["Alignment"],
        "targetCode": row.competency.code,
        "targetName": f"{row.competency.name} ({row.level.name})",
        "targetFramework": row.competency.framework.name,
        "targetUrl": settings.SITE_URL + row.competency.get_absolute_url(),
        "targetType": "ceasn:Competency",
    }


def _level_id(row, level, base: str) -> str:
    return f"{base}-{row.competency.code}-level-{level.order}"


def _level_description(row, base: str) -> dict[str, Any]:
    """The levels of a competency, and which of them the certificate needs."""
    return {
        "id": f"{base}-{row.competency.code}",
        "type": ["ResultDescription"],
        "name": f"{row.competency.code} {row.competency.name}",
        "resultType": "RubricCriterionLevel",
        "requiredLevel": _level_id(row, row.level, base),
        "rubricCriterionLevel": [
            {
                "id": _level_id(row, level, base),
                "type": ["RubricCriterionLevel"],
                "name": level.name,
                "level": str(level.order),
            }
            for level in row.competency.framework.levels.all()
        ],
    }


def _mark_description(mark: Mark, identifier: str) -> dict[str, Any]:
    return {
        "id": identifier,
        "type": ["ResultDescription"],
        "name": mark.title,
        "resultType": "Percent",
        "valueMin": "0",
        "valueMax": "100",
        **({"requiredValue": f"{mark.required:.0f}"} if mark.required is not None else {}),
    }


def _result(description: str, **value: str) -> dict[str, Any]:
    return {"type": ["Result"], "resultDescription": description, **value}
