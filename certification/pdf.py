"""What is printed, by Typst with the fonts that lie beside this file; first of all certificates."""

import io
from datetime import datetime
from pathlib import Path

import segno
import typst
from django.utils import formats

from certification.models import Credential

HERE = Path(__file__).parent


def printed(template: Path, *, at: datetime, **inputs: str) -> bytes:
    """A PDF of `template` with `inputs`: the same bytes for the same ones and the same moment
    `at`, on every machine, as no system font and no clock is read."""
    return typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=[str(HERE / "fonts")],
        ignore_system_fonts=True,
        format="pdf",
        timestamp=int(at.timestamp()),
        sys_inputs=inputs,
    )


def certificate(credential: Credential) -> bytes:
    picture = io.BytesIO()
    segno.make(credential.paper_url, error="l").save(
        picture, kind="svg", border=0, dark="#22201d", xmldecl=False
    )
    until = credential.valid_until
    competencies = "\n".join(
        f"{row['targetCode']}\t{row['targetName']}" for row in credential.achievement["alignment"]
    )
    return printed(
        HERE / "print" / "certificate.typ",
        at=credential.issued_at,
        name=credential.shown_name,
        name_dz=credential.name_dz,
        title=credential.title,
        description=credential.achievement["description"].strip(),
        basis=credential.basis,
        competencies=competencies,
        serial=credential.serial,
        valid_from=formats.date_format(credential.valid_from, "j F Y"),
        valid_until=formats.date_format(until, "j F Y") if until else "no end",
        check_url=credential.check_url,
        qr=picture.getvalue().decode(),
    )
