"""Slides: checked, cut page by page. Safe to repeat and to kill at any line."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from events import rules
from events.models import Material, SlidePage
from people import confined
from people.models import User

MOST_PAGES = 400
PAGES_AT_ONCE = 20  # of one child; between two of them the worker turns to its other jobs
CHECK_SECONDS = 20
CUT_SECONDS = 120
MOST_FAILURES = 3  # at the same page


class RefusedError(Exception):
    """The file cannot become slides; the message says why, and what to do."""


def refusals() -> dict[str, str]:
    return {
        "locked": _(
            "This PDF asks for a password. Save it without one, for example by printing to PDF."
        ),
        "broken": _(
            "This PDF cannot be opened: it is damaged or not complete. Export it once more."
        ),
        "slow": _(
            "This PDF takes too long to open. Export it once more, or print it to a new PDF."
        ),
    }


def count_pages(file: UploadedFile | File) -> int:
    """Number of pages of a PDF; RefusedError where it cannot be opened, or has too many."""
    with _on_disk(file) as path:
        with path.open("rb") as opened:
            if not opened.read(5).startswith(b"%PDF"):
                raise RefusedError(
                    _("This is not a PDF. Export the slides as PDF and choose that.")
                )
        found = _check(path)
    if "refused" in found:
        raise RefusedError(refusals()[found["refused"]])
    if found["pages"] > MOST_PAGES:
        raise RefusedError(
            _("This PDF has %(pages)d pages; at most %(most)d are taken. Hand it in in parts.")
            % {"pages": found["pages"], "most": MOST_PAGES}
        )
    return found["pages"]


@contextmanager
def _on_disk(file: UploadedFile | File) -> Iterator[Path]:
    if hasattr(file, "temporary_file_path"):  # it lies there already
        yield Path(file.temporary_file_path())
        return
    with tempfile.NamedTemporaryFile(suffix=".pdf") as copy:
        file.seek(0)
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        file.seek(0)
        yield Path(copy.name)


def _check(path: Path) -> dict:
    command = confined.command("events.cutting", "check", str(path))
    try:
        done = subprocess.run(  # noqa: S603 (our own module, a path of our own)
            command, cwd=confined.ROOT, capture_output=True, timeout=CHECK_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return {"refused": "slow"}
    return json.loads(done.stdout) if done.returncode == 0 else {"refused": "broken"}


def enqueue(material: Material) -> None:
    """Let the worker cut it."""
    from events.tasks import cut_slides  # noqa: PLC0415 (the task calls this file)

    cut_slides.enqueue(material.pk)


def try_again(material: Material, *, by: User) -> None:
    """Cut refused slides once more, beginning where it stopped."""
    if not rules.may_add_slides(by, material.talk):
        raise PermissionDenied(_("Only a speaker of the talk can have its slides prepared again."))
    with transaction.atomic():
        refused = Material.objects.filter(pk=material.pk, state=Material.State.REFUSED)
        changed = refused.filter(scan=Material.Scan.NONE).update(
            state=Material.State.PENDING, reason="", failures=0
        )
        if changed:
            enqueue(material)


OnPage = Callable[[SlidePage, subprocess.Popen], object]


def cut(material: Material, *, on_page: OnPage | None = None) -> bool:
    """Cut the next pages that are missing, at most PAGES_AT_ONCE; whether all are there now.

    Each page is kept as soon as it is cut, so a killed child or worker loses one page's work.
    A page at which the child dies MOST_FAILURES times refuses the material, naming it.
    """
    missing = _missing(material)
    if missing:
        with tempfile.TemporaryDirectory() as folder:
            for page, child in _cut_in_child(material, missing[:PAGES_AT_ONCE], Path(folder)):
                if on_page:
                    on_page(page, child)
        left = _missing(material)
        if left and left[0] in missing[:PAGES_AT_ONCE]:
            _note_failure(material, left[0], progressed=len(left) < len(missing))
            return False
        missing = left
    if missing:
        return False
    material.state, material.reason, material.failures = Material.State.READY, "", 0
    # Saved, not updated: search listens and takes the pages in with the state.
    material.save(update_fields=["state", "reason", "failures"])
    return True


def _missing(material: Material) -> list[int]:
    known = set(material.pages.values_list("number", flat=True))
    return [number for number in range(1, material.pages_expected + 1) if number not in known]


def _cut_in_child(
    material: Material, numbers: list[int], folder: Path
) -> Iterator[tuple[SlidePage, subprocess.Popen]]:
    orders = ("cut", material.file.path, str(folder), *map(str, numbers))
    for found, child in confined.findings("events.cutting", *orders, seconds=CUT_SECONDS):
        yield _keep(material, found, folder), child


def _keep(material: Material, found: dict, folder: Path) -> SlidePage:
    known = material.pages.filter(number=found["number"]).first()
    if known:  # another worker was there first
        return known
    page = SlidePage(material=material, **found)
    for name in ("small", "large"):
        picture = folder / f"{found['number']:04}-{name}.webp"
        getattr(page, name).save(picture.name, ContentFile(picture.read_bytes()), save=False)
        picture.unlink()
    page.save()
    return page


def _note_failure(material: Material, number: int, *, progressed: bool) -> None:
    material.failures = 1 if progressed else material.failures + 1
    if material.failures >= MOST_FAILURES:
        material.state = Material.State.REFUSED
        material.reason = _(
            "Page %(page)d could not be drawn: it takes too much memory or time, or is damaged."
        ) % {"page": number}
    material.save(update_fields=["failures", "state", "reason"])
