"""The keys that sign certificates: one JWK file each in HOME/keys, the newest signs.

To rotate, add a file with a later name; certificates of older keys still verify as long
as their files (or only the public members of them) stay.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from openvc.keys import P256SigningKey, jwk_thumbprint

from certification.badge import base64url

FIRST = "es256-0001.json"
PRIVATE = "d"


def signing_key() -> P256SigningKey:
    """The newest key that has its private part; made on first use."""
    if not _files():
        _make(FIRST)
    for path in reversed(_files()):
        jwk = _read(path)
        if PRIVATE in jwk:
            return P256SigningKey.from_jwk(jwk, jwk["kid"])
    raise RuntimeError(f"No file in {_folder()} holds a private key.")


def public_keys() -> dict[str, dict[str, Any]]:
    """kid -> public JWK of every key, oldest first."""
    signing_key()
    found = (_read(path) for path in _files())
    return {
        jwk["kid"]: {name: value for name, value in jwk.items() if name != PRIVATE} for jwk in found
    }


def add_key() -> str:
    """Make a further key that signs from now on; its kid."""
    _make(f"es256-{len(_files()) + 1:04}.json")
    return signing_key().kid


def _folder() -> Path:
    return settings.HOME / "keys"


def _files() -> list[Path]:
    return sorted(_folder().glob("es256-*.json"))


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))


def _make(name: str) -> None:
    """Write a new key whole or not at all; of two processes the first wins."""
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    private = ec.generate_private_key(ec.SECP256R1())
    public = P256SigningKey(private, "new").public_jwk()
    jwk = public | {
        "kid": f"{settings.SITE_URL}/.well-known/jwks.json#{jwk_thumbprint(public)}",
        "alg": "ES256",
        "use": "sig",
        PRIVATE: _number(private.private_numbers().private_value),
    }
    handle, draft = tempfile.mkstemp(dir=_folder(), prefix=".draft-")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(jwk, file)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, _folder() / name)
    except FileExistsError:
        return  # the other process made it in the same moment
    finally:
        os.unlink(draft)


def _number(value: int) -> str:
    return base64url(value.to_bytes(32, "big"))
