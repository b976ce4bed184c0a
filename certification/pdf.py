"""The printed certificate: one page by Typst, with the fonts that lie beside this file."""

import io
from pathlib import Path

import segno
import typst
from django.utils import formats

from certification.models import Credential

HERE = Path(__file__).parent
FONTS = HERE / "fonts"


def certificate(credential: Credential) -> bytes:
    """The same bytes for the same certificate, on every machine: no system font is read."""
    picture = io.BytesIO()
    segno.make(credential.paper_url, error="l").save(
        picture, kind="svg", border=0, dark="#22201d", xmldecl=False
    )
    until = credential.valid_until
    competencies = "\n".join(
        f"{row['targetCode']}\t{row['targetName']}" for row in credential.achievement["alignment"]
    )
    return typst.compile(
        str(HERE / "print" / "certificate.typ"),
        root=str(HERE / "print"),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format="pdf",
        timestamp=int(credential.issued_at.timestamp()),
        sys_inputs={
            "name": credential.shown_name,
            "name_dz": credential.name_dz,
            "title": credential.title,
            "description": credential.achievement["description"].strip(),
            "basis": credential.basis,
            "competencies": competencies,
            "serial": credential.serial,
            "valid_from": formats.date_format(credential.valid_from, "j F Y"),
            "valid_until": formats.date_format(until, "j F Y") if until else "no end",
            "check_url": credential.check_url,
            "qr": picture.getvalue().decode(),
        },
    )
