"""USB editions that are wanted: made by the worker, once per change."""

import logging
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events import rules
from events.bundles import USB, all_know_of
from events.handing_in import MB
from events.models import Bundle, Edition
from events.storage import private_files
from events.usb.contents import fingerprint_of, pieces
from events.usb.writing import write_zip
from people.models import Audience, User

logger = logging.getLogger(__name__)


def readers_of(bundle: Bundle) -> set[str]:
    return set(bundle.scope.removeprefix(USB).split("+"))


def _scope(audience: Audience) -> str:
    return USB + "+".join(audience.key.split())


@transaction.atomic
def want(edition: Edition, audience: Audience, *, by: User) -> Bundle:
    """From now on the worker keeps a USB edition for this audience. Safe to repeat."""
    if not rules.may_keep(by):
        raise PermissionDenied(_("Only who keeps the programme has USB editions made."))
    if not all_know_of(edition.audience, set(audience.key.split())):
        raise PermissionDenied(_("Not everybody among them may know of this conference."))
    row, _created = Bundle.objects.get_or_create(
        edition=edition, scope=_scope(audience), staff=False, defaults={"size": 0}
    )
    return row


@transaction.atomic
def drop(bundle: Bundle, *, by: User) -> None:
    """The edition is not wanted any more; its ZIP goes with it."""
    if not rules.may_keep(by):
        raise PermissionDenied(_("Only who keeps the programme has USB editions made."))
    if bundle.file:
        private_files().delete(str(bundle.file))
    bundle.delete()


def make_wanted() -> int:
    """Make every USB edition whose content has changed; how many."""
    rows = Bundle.objects.filter(scope__startswith=USB).select_related("edition__audience")
    return sum(_make_if_changed(row) for row in rows)


def _make_if_changed(row: Bundle) -> bool:
    readers = readers_of(row)
    fingerprint = fingerprint_of(row.edition, readers)
    if row.fingerprint == fingerprint:
        return False
    folder = Path(private_files().path("bundles"))
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free - 2 * row.size < settings.UPLOAD_RESERVE_MB * MB:
        logger.warning("No room for the USB edition of %s", row.edition.slug)
        return False
    with tempfile.NamedTemporaryFile(dir=folder, prefix="making-", delete=False) as file:
        try:
            write_zip(file, pieces(row.edition, readers))
        except FileNotFoundError as error:  # a backup without its files
            logger.warning("No USB edition of %s: %s", row.edition.slug, error.filename)
            Path(file.name).unlink()
            return False
    name = f"bundles/{row.edition_id}-{row.pk}-{fingerprint[:16]}.zip"
    path = Path(file.name).rename(private_files().path(name))
    values = {"fingerprint": fingerprint, "size": path.stat().st_size}
    kept = Bundle.objects.filter(pk=row.pk).update(file=name, made=timezone.now(), **values)
    gone = str(row.file) if kept else name  # or it was dropped meanwhile
    if gone and (gone != name or not kept):
        private_files().delete(gone)
    return bool(kept)
