"""The keys that sign certificates.

HOME/keys holds one private JWK file for each key and keys.json, the list of all keys with
their public halves. The newest key that is still safe signs. A public half is never taken
off the list, so certificates of older keys verify even after their private files are gone.

A key is made on the very first start and by `rotate_key`, never because one is missing: a
lost or unreadable file stops the start with its name.
"""

import fcntl
import json
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from openvc.keys import P256SigningKey, jwk_thumbprint

from certification.badge import COMPROMISED, base64url

logger = logging.getLogger(__name__)
LIST = "keys.json"
PRIVATE = "d"
FILE = "file"  # where the private half lies: not part of what is published
PUBLIC = ("kty", "crv", "x", "y")


class KeyFileError(ImproperlyConfigured):
    """A key file is missing or cannot be used; the text names it and says what to do."""


def require_first(already_issued: Callable[[], bool]) -> None:
    """Make the first key of a fresh site. KeyFileError where certificates exist without one."""
    if _known():
        return
    if already_issued():
        raise KeyFileError(
            f"Certificates were issued, but {_folder()} holds no keys. Restore the folder from "
            "the backup: without it they cannot be verified. No new key was made."
        )
    with _locked():
        if not _known():
            _add()


def check() -> None:
    """Stop the start where the key that should sign now is missing or unreadable."""
    if _folder().exists() and _known():
        signing_key()


def signing_key() -> P256SigningKey:
    """The newest safe key."""
    safe = [row for row in _known() if COMPROMISED not in row]
    if not safe:
        raise KeyFileError(f"No key in {_folder()} may sign. Make one with: manage.py rotate_key")
    row = safe[-1]
    return P256SigningKey.from_jwk(_private(row), row["kid"])


def public_keys() -> dict[str, dict[str, Any]]:
    """kid -> public JWK of every key there ever was, oldest first."""
    return {
        row["kid"]: {name: value for name, value in row.items() if name != FILE} for row in _known()
    }


def rotate() -> str:
    """Make a further key that signs from now on; its kid. Older certificates still verify."""
    with _locked():
        return _add()


def mark_compromised(kid: str, *, since: datetime) -> None:
    """From `since` on nothing that this key signed is believed; it signs no more.

    An earlier moment replaces a later one, never the other way round. KeyError for no such key.
    """
    with _locked():
        rows = _known()
        row = next((row for row in rows if row["kid"] == kid), None)
        if row is None:
            raise KeyError(kid)
        moment = since.isoformat()
        known = row.get(COMPROMISED)
        if known is None or since < datetime.fromisoformat(known):
            row[COMPROMISED] = moment
            _write(LIST, {"keys": rows})


def bundle_file() -> Path:
    """Where the worker keeps what checks certificates without the database."""
    return settings.HOME / "checker.json"


def _folder() -> Path:
    return settings.HOME / "keys"


def _known() -> list[dict[str, Any]]:
    """The list of keys. Files of a site that had no list yet are taken as they lie."""
    path = _folder() / LIST
    try:
        return json.loads(path.read_text("utf-8"))["keys"]
    except FileNotFoundError:
        return [_row(file) for file in sorted(_folder().glob("es256-*.json"))]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeyFileError(f"The list of keys {path} cannot be read: {error}") from error


def _row(file: Path) -> dict[str, Any]:
    jwk = _read(file)
    return {name: value for name, value in jwk.items() if name != PRIVATE} | {FILE: file.name}


def _private(row: dict[str, Any]) -> dict[str, Any]:
    path = _folder() / row[FILE]
    jwk = _read(path)
    if PRIVATE not in jwk or any(jwk.get(name) != row[name] for name in PUBLIC):
        raise KeyFileError(f"{path} holds another key than the list names. No new key was made.")
    return jwk


def _read(path: Path) -> dict[str, Any]:
    try:
        jwk = json.loads(path.read_text("utf-8"))
        return {name: jwk[name] for name in (*PUBLIC, "kid")} | jwk
    except FileNotFoundError:
        raise KeyFileError(
            f"The key file {path} is missing. Restore it from the backup, or make another key "
            "with: manage.py rotate_key. No new key was made."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeyFileError(
            f"The key file {path} cannot be read ({error}). Restore it from the backup, or make "
            "another key with: manage.py rotate_key. No new key was made."
        ) from error


@contextmanager
def _locked() -> Iterator[None]:
    """One process at a time changes the folder."""
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    with (_folder() / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _add() -> str:
    rows = _known()
    private = ec.generate_private_key(ec.SECP256R1())
    public = P256SigningKey(private, "new").public_jwk()
    number = max((int(row[FILE][6:10]) for row in rows), default=0) + 1
    row = public | {
        "kid": f"{settings.SITE_URL}/.well-known/jwks.json#{jwk_thumbprint(public)}",
        "alg": "ES256",
        "use": "sig",
    }
    name = f"es256-{number:04}.json"
    secret = base64url(private.private_numbers().private_value.to_bytes(32, "big"))
    _write(name, row | {PRIVATE: secret})
    _write(LIST, {"keys": [*rows, row | {FILE: name}]})
    logger.info("Made the signing key %s", row["kid"])
    return row["kid"]


def _write(name: str, value: dict[str, Any]) -> None:
    """Write a file whole or not at all."""
    handle, draft = tempfile.mkstemp(dir=_folder(), prefix=".draft-")  # mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, _folder() / name)
