"""What a certificate is worth on a day, from signed texts alone: no database, no network.

Takes the token (JWT), the readable JSON that carries its token, or the slip of a printed QR
code; the public keys; and the status lists as tokens.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from openvc.status.bitstring import StatusListError, decode_bitstring, get_status_bit

from certification import badge
from certification.badge import CHANGES, NotGenuineError
from certification.states import Action, Standing, after

Keys = dict[str, dict[str, Any]]


class Verdict(StrEnum):
    VALID = "valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    FORGED = "forged"


@dataclass(frozen=True)
class Finding:
    verdict: Verdict
    why: str
    serial: str = ""
    title: str = ""
    name: str = ""
    valid_from: str = ""
    valid_until: str = ""
    status_as_of: str = ""  # when the status list was made; empty where none was at hand

    def as_dict(self) -> dict[str, str]:
        return {name: str(value) for name, value in vars(self).items()}


def check(text: str, keys: Keys, lists: Iterable[str], *, at: datetime) -> Finding:
    """What the certificate in `text` is worth at the moment `at`."""
    try:
        facts, place = _facts(text, keys)
    except NotGenuineError as error:
        return Finding(Verdict.FORGED, str(error))
    shown = {
        "serial": facts["serial"],
        "title": facts["title"],
        "name": facts["name"],
        "valid_from": _moment(facts["from"]),
        "valid_until": _moment(facts["until"]) if facts["until"] else "",
    }
    try:
        standing, as_of = _status(place, keys, lists, at)
    except NotGenuineError as error:
        return Finding(Verdict.FORGED, f"The status list is not genuine: {error}", **shown)
    shown["status_as_of"] = _moment(as_of) if as_of is not None else ""
    return Finding(*_verdict(standing, facts, at), **shown)


def _verdict(standing: Standing, facts: dict[str, Any], at: datetime) -> tuple[Verdict, str]:
    moment = at.timestamp()
    if standing == Standing.REVOKED:
        return Verdict.REVOKED, "It is genuine, but it was revoked."
    if standing == Standing.SUSPENDED:
        return Verdict.SUSPENDED, "It is genuine, but it is suspended."
    if facts["from"] > moment:
        return Verdict.NOT_YET, f"It is genuine, but only valid from {_moment(facts['from'])}."
    if facts["until"] and facts["until"] < moment:
        return Verdict.EXPIRED, f"It is genuine, but ended at {_moment(facts['until'])}."
    return Verdict.VALID, "Genuine and valid"


def _facts(text: str, keys: Keys) -> tuple[dict[str, Any], tuple[int | str, int] | None]:
    """What is printed, and the place in a status list: its number or address, and the index."""
    token, claimed = _token(text)
    if badge.kind_of(token) == badge.SLIP:
        return _slip_facts(badge.read(token, keys, typ=badge.SLIP))
    signed = badge.read(token, keys)
    if claimed is not None and not claimed.items() <= signed.items():
        raise NotGenuineError("The readable text says something else than what was signed.")
    try:
        entry = signed.get("credentialStatus")
        facts = {
            "serial": signed["id"].rstrip("/").rsplit("/", 1)[-1],
            "title": signed["name"],
            "name": signed["credentialSubject"]["identifier"][0]["identityHash"],
            "from": badge.seconds(signed["validFrom"]),
            "until": badge.seconds(signed["validUntil"]) if "validUntil" in signed else None,
        }
        index = int(entry["statusListIndex"]) if entry else 0
        return facts, (entry["statusListCredential"].rsplit("/", 1)[-1], index) if entry else None
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise NotGenuineError("It is signed, but it is no certificate.") from error


def _slip_facts(signed: dict[str, Any]) -> tuple[dict[str, Any], tuple[int | str, int] | None]:
    try:
        facts = {
            "serial": signed["jti"],
            "title": signed["title"],
            "name": signed["name"],
            "from": signed["nbf"],
            "until": signed.get("exp"),
        }
        place = signed.get("at")
        return facts, (str(place[0]), int(place[1])) if place else None
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise NotGenuineError("It is signed, but it is no certificate.") from error


def _token(text: str) -> tuple[str, dict[str, Any] | None]:
    """The token of a file, and the readable claims beside it where the file has them."""
    text = text.strip()
    if not text.startswith("{"):
        return text.rpartition("#")[2], None  # what a QR code gives is an address with the slip
    try:
        document = json.loads(text)
        return str(document.pop("proof")["jwt"]), document
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotGenuineError("This text carries no signature.") from error


def _status(
    place: tuple[int | str, int] | None, keys: Keys, lists: Iterable[str], at: datetime
) -> tuple[Standing, int | None]:
    """What the lists say of a place at the moment `at`, and the second that they speak for."""
    as_of: int | None = None
    standing = Standing.GOOD
    for token in lists:
        signed = badge.read(token, keys, typ=badge.STATUS)
        if place is None or signed["id"].rsplit("/", 1)[-1] != str(place[0]):
            continue
        made = int(signed["iat"])
        as_of = made if as_of is None else min(as_of, made)
        found = _standing_in(signed, place[1], at)
        if standing != Standing.REVOKED and found != Standing.GOOD:
            standing = found
    return standing, as_of


def _standing_in(signed: dict[str, Any], index: int, at: datetime) -> Standing:
    """From the dated changes for a moment before the list was made, else from the bit."""
    subject = signed["credentialSubject"]
    if at.timestamp() < signed["iat"] and CHANGES in signed:
        until = at.timestamp()
        done = [row[2] for row in signed[CHANGES] if row[0] == index and row[1] <= until]
        return after(Action(action) for action in done)
    try:
        bit = get_status_bit(decode_bitstring(subject["encodedList"]), index)
    except StatusListError as error:
        raise NotGenuineError(str(error)) from error
    if not bit:
        return Standing.GOOD
    revokes = subject["statusPurpose"] == "revocation"
    return Standing.REVOKED if revokes else Standing.SUSPENDED


def _moment(second: float) -> str:
    return badge.moment_text(datetime.fromtimestamp(second, tz=UTC))
