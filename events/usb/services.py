"""USB editions that are wanted: made by the worker, once per change."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events import rules
from events.bundles import USB, all_know_of, put
from events.models import Bundle, Edition
from events.storage import private_files
from events.usb.contents import fingerprint_of, pieces
from events.usb.writing import write_zip
from people.models import Audience, User


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
    name = f"bundles/{row.edition_id}-{row.pk}-{fingerprint[:16]}.zip"
    made = pieces(row.edition, readers)
    size = put(name, room=2 * row.size, write=lambda file: write_zip(file, made))
    if size is None:
        return False
    values = {"fingerprint": fingerprint, "size": size}
    kept = Bundle.objects.filter(pk=row.pk).update(file=name, made=timezone.now(), **values)
    gone = str(row.file) if kept else name  # or it was dropped meanwhile
    if gone and (gone != name or not kept):
        private_files().delete(gone)
    return bool(kept)
