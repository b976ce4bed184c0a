"""A certificate as a file: PDF for people, JWT and JSON for machines."""

import json

from certification.models import Credential
from certification.pdf import certificate

KINDS = {
    "pdf": "application/pdf",
    "jwt": "application/vc+jwt",
    "json": "application/json",
}


def exported(credential: Credential, kind: str) -> bytes:
    """The readable text carries its own signature, so that a change of it shows."""
    if kind == "pdf":
        return certificate(credential)
    if kind == "jwt":
        return credential.shown_jwt.encode()
    proof = {"type": "JwtProof2020", "jwt": credential.shown_jwt}
    document = credential.shown_claims | {"proof": proof}
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"
