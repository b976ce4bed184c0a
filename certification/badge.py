"""An Open Badges 3.0 credential on the VC 2.0 data model, as plain values; and its JWT.

Open Badges wants the credential itself as the payload of the token. The VC-JWT lane of
openvc wraps it in a `vc` claim, which Open Badges verifiers refuse; so the three parts of
the token are joined here, with openvc's key and its check of a signature.
"""

import base64
import binascii
import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from openvc.keys import P256SigningKey, verify_signature

CONTEXT = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]
TYPES = ["VerifiableCredential", "OpenBadgeCredential"]


class NotGenuineError(ValueError):
    """A token is no certificate of ours; the text says why."""


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of(day: date) -> datetime:
    """The last second of `day` in Thimphu."""
    return start_of(day + timedelta(days=1)) - timedelta(seconds=1)


def claims(credential, competencies: list) -> dict[str, Any]:
    """The credential document for a row that is about to be issued."""
    scheme = credential.scheme
    achievement = {
        "id": f"{settings.SITE_URL}/certificates/#{scheme.code}",
        "type": ["Achievement"],
        "achievementType": "Certification",
        "name": scheme.title,
        "description": scheme.description,
        "criteria": {"narrative": credential.basis},
        "alignment": [
            {
                "type": ["Alignment"],
                "targetCode": row.competency.code,
                "targetName": f"{row.competency.name} ({row.level.name})",
                "targetFramework": row.competency.framework.name,
                "targetUrl": settings.SITE_URL + row.competency.get_absolute_url(),
                "targetType": "ceasn:Competency",
            }
            for row in competencies
        ],
    }
    subject: dict[str, Any] = {
        "id": f"urn:ict-commons:person:{credential.serial}",
        "type": ["AchievementSubject"],
        "identifier": [_name(credential.name)],
        "achievement": achievement,
    }
    if credential.name_dz:
        subject["identifier"].append(_name(credential.name_dz))
    percent = credential.completion.quiz_percent if credential.completion else None
    if percent is not None:
        achievement["resultDescription"] = [
            {
                "id": f"{settings.SITE_URL}/certificates/#{scheme.code}-mark",
                "type": ["ResultDescription"],
                "name": "Final quiz",
                "resultType": "Percent",
                "requiredValue": f"{scheme.pass_mark * 100:.0f}",
            }
        ]
        subject["result"] = [
            {
                "type": ["Result"],
                "resultDescription": achievement["resultDescription"][0]["id"],
                "value": f"{percent:.0f}",
            }
        ]
    document = {
        "@context": CONTEXT,
        "id": credential.check_url,
        "type": TYPES,
        "name": scheme.title,
        "issuer": {"id": settings.SITE_URL, "type": ["Profile"], "name": "ICT Commons"},
        "validFrom": _moment(start_of(credential.valid_from)),
        "credentialSubject": subject,
    }
    if credential.valid_until:
        document["validUntil"] = _moment(end_of(credential.valid_until))
    return document


def sign(document: dict[str, Any], key: P256SigningKey) -> str:
    """The credential as a compact token; `iss`, `nbf` and so on repeat what it says."""
    payload = document | {
        "iss": document["issuer"]["id"],
        "sub": document["credentialSubject"]["id"],
        "jti": document["id"],
        "nbf": _seconds(document["validFrom"]),
    }
    if "validUntil" in document:
        payload["exp"] = _seconds(document["validUntil"])
    header = {"alg": key.alg, "typ": "JWT", "kid": key.kid}
    signed = f"{_pack(header)}.{_pack(payload)}"
    return f"{signed}.{base64url(key.sign(signed.encode()))}"


def read(token: str, keys: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The payload of a token that one of `keys` signed; NotGenuineError otherwise.

    Dates are not looked at: an expired certificate is a genuine one.
    """
    try:
        head, body, signature = token.strip().split(".")
        header, payload = json.loads(_unpack(head)), json.loads(_unpack(body))
        raw = _unpack(signature)
    except (ValueError, RecursionError) as error:
        raise NotGenuineError("This is no signed certificate.") from error
    if not isinstance(header, dict) or not isinstance(payload, dict):
        raise NotGenuineError("This is no signed certificate.")
    kid = header.get("kid")
    key = keys.get(kid) if isinstance(kid, str) else None
    if header.get("alg") != "ES256" or key is None:
        raise NotGenuineError("It was signed with a key that is not ours.")
    if not verify_signature(
        alg="ES256", public_jwk=key, signing_input=f"{head}.{body}".encode(), signature=raw
    ):
        raise NotGenuineError("The signature does not fit the text: it was changed.")
    return payload


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


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


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())
