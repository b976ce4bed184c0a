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
    if kind == "pdf":
        return certificate(credential)
    if kind == "jwt":
        return credential.jwt.encode()
    return json.dumps(credential.claims, ensure_ascii=False, indent=2).encode() + b"\n"
