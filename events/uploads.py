"""Files that arrive in pieces, over lines that are cut, into a server that may be killed.

What counts as arrived is what lies on the disk: `offset` moves only after the bytes before it
were written through. So whoever goes on where `offset` says loses nothing and doubles nothing.
"""

import errno
import os
import shutil
import uuid
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import BinaryIO, Protocol

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from events.bringing import Bringer
from events.handing_in import MB, Arrived, check_size, digest_of, ending_of, hand_in
from events.models import Material, Talk, Upload
from events.models.uploads import WAITS
from events.slides import RefusedError
from events.storage import private_files
from forums.services import CidReuseError

PIECE = 64 * 1024  # bytes read at once
STEP = MB  # bytes, or
PAUSE = 2.0  # seconds, after which what arrived is written through
STUCK = timedelta(minutes=5)  # a file that arrived: then its worker was killed
MOST_AT_ONCE = 10  # uploads on their way, of one person or link, for a talk


class TooLargeError(RefusedError):
    """More than is taken of this kind, or of this talk."""


class FullError(RefusedError):
    """The disk has no room; later it may have."""


class BusyError(RefusedError):
    """This person has too many uploads on their way."""


class OffsetError(Exception):
    """The piece does not begin where the last one ended, or a newer request took over."""


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def begin(
    talk: Talk,
    *,
    bringer: Bringer,
    kind: str,
    title: str,
    name: str,
    size: int,
    cid: uuid.UUID,
    licence: str = "",
    sha256: str = "",
) -> Upload:
    """Make room for a file. Safe to repeat: the same `cid` is the upload that was begun.

    RefusedError (TooLargeError, FullError, BusyError) says why it is not taken. `sha256` is
    what the sender computed, if they did: a file that arrives otherwise is not kept.
    """
    bringer.check(talk)
    ending_of(kind, name)
    try:
        check_size(kind, size)
    except RefusedError as error:
        raise TooLargeError(str(error)) from error
    with transaction.atomic():
        Talk.objects.select_for_update().get(pk=talk.pk)
        known = Upload.objects.filter(**bringer.fields, cid=cid).first()
        if known:
            if (known.talk_id, known.size) != (talk.pk, size):
                raise CidReuseError
            return known
        _check_room(talk, bringer, size)
        return Upload.objects.create(
            talk=talk, kind=kind, title=title, licence=licence, name=name[:200], size=size, cid=cid,
            sha256=sha256, **bringer.fields,
        )  # fmt: skip


def _check_room(talk: Talk, bringer: Bringer, size: int) -> None:
    waiting = Upload.objects.filter(state__in=[Upload.State.ARRIVING, Upload.State.ARRIVED])
    if waiting.filter(talk=talk, **bringer.fields).count() >= MOST_AT_ONCE:
        raise BusyError(_("Too many uploads are on their way. Finish them, or take them back."))
    coming = waiting.filter(talk=talk).aggregate(sum=Sum("size"))["sum"] or 0
    kept = Material.objects.filter(resource__talk=talk).aggregate(sum=Sum("size"))["sum"] or 0
    if coming + kept + size > settings.UPLOAD_TALK_MB * MB:
        raise TooLargeError(
            _("All materials of a talk together may have %(most)d MB.")
            % {"most": settings.UPLOAD_TALK_MB}
        )
    folder = Path(private_files().path(""))
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free - size < settings.UPLOAD_RESERVE_MB * MB:
        raise FullError(_("The server has no room for this file now. Tell who runs it."))


def receive(upload: Upload, *, at: int, body: Readable) -> Upload:
    """Add what `body` gives to what arrived; it begins at byte `at`.

    What came before a line was cut stays. The newest request takes over from one that hangs.
    OffsetError where `at` is not where the next byte is wanted; FullError when the disk is full.
    """
    writer = uuid.uuid4()
    upload.path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(upload.path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0) as file:
        there = os.fstat(file.fileno()).st_size
        if there < upload.offset:  # a backup without its files
            Upload.objects.filter(pk=upload.pk, offset=upload.offset).update(offset=there)
        taken = Upload.objects.filter(pk=upload.pk, offset=at, state=Upload.State.ARRIVING)
        if not taken.update(writer=writer, touched=timezone.now()):
            raise OffsetError
        file.seek(at)
        _take(upload, file, body, at=at, writer=writer)
    upload.refresh_from_db()
    return upload


def _take(upload: Upload, file: BinaryIO, body: Readable, *, at: int, writer: uuid.UUID) -> None:
    noted, since = at, monotonic()
    try:
        while at < upload.size:
            piece = body.read(min(PIECE, upload.size - at))
            if not piece:
                break  # the end, or the line was cut
            at += _write(file, piece)
            if at - noted >= STEP or monotonic() - since >= PAUSE:
                _note(upload, file, at, writer)
                noted, since = at, monotonic()
    except OSError as error:  # the line was cut, or the disk is full
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise FullError(_("The server has no room for this file now.")) from error
    finally:
        if at != noted:
            _note(upload, file, at, writer)


def _write(file: BinaryIO, piece: bytes) -> int:
    view = memoryview(piece)
    while view:
        view = view[file.write(view) :]
    return len(piece)


def _note(upload: Upload, file: BinaryIO, offset: int, writer: uuid.UUID) -> None:
    """Write through, then say so; the last byte hands the file over to the worker."""
    os.fsync(file.fileno())
    with transaction.atomic():
        mine = Upload.objects.filter(pk=upload.pk, writer=writer, state=Upload.State.ARRIVING)
        if not mine.update(offset=offset, touched=timezone.now()):
            raise OffsetError
        if offset == upload.size:
            mine.update(state=Upload.State.ARRIVED)
            _enqueue(upload)


def _enqueue(upload: Upload) -> None:
    from events.tasks import keep_upload  # noqa: PLC0415 (the task calls this file)

    keep_upload.enqueue(str(upload.pk))


def keep(upload: Upload) -> Upload:
    """Make a version of a file that is all here, or say why not. Safe to kill and to repeat."""
    if upload.state != Upload.State.ARRIVED:
        return upload
    try:
        with Arrived(upload.path, upload.name) as file:
            if upload.sha256 and digest_of(file) != upload.sha256:
                raise RefusedError(_("What arrived is not what was sent. Send it once more."))
            upload.material = hand_in(
                upload.talk,
                kind=upload.kind,
                title=upload.title,
                licence=upload.licence,
                file=file,
                cid=upload.cid,
                bringer=Bringer(by=upload.by, link=upload.link),
            )
    except (RefusedError, CidReuseError, PermissionDenied, FileNotFoundError) as refusal:
        upload.state, upload.reason = Upload.State.REFUSED, str(refusal)[:300] or _("Lost.")
    else:
        upload.state = Upload.State.KEPT
    upload.save(update_fields=["state", "reason", "material"])
    upload.path.unlink(missing_ok=True)
    return upload


def give_up(upload: Upload) -> None:
    """Throw away what arrived of a file that is not wanted any more."""
    Upload.objects.filter(pk=upload.pk, state=Upload.State.ARRIVING).delete()
    upload.path.unlink(missing_ok=True)


def clean() -> int:
    """Throw abandoned uploads away, and take up those that a killed worker left; how many.

    A file without a row is one of a worker or server that was killed at the last line.
    """
    folder = Path(private_files().path("uploads"))
    files = list(folder.iterdir()) if folder.exists() else []  # before the rows: all have one
    now, underway = timezone.now(), (Upload.State.ARRIVING, Upload.State.ARRIVED)
    abandoned = Upload.objects.filter(touched__lt=now - WAITS)
    count, _by_model = abandoned.exclude(state=Upload.State.ARRIVED).delete()
    for upload in Upload.objects.filter(state=Upload.State.ARRIVED, touched__lt=now - STUCK):
        keep(upload)
        count += 1
    wanted = Upload.objects.filter(state__in=underway).values_list("pk", flat=True)
    names = {str(pk) for pk in wanted}
    for file in files:
        if file.name not in names:
            file.unlink(missing_ok=True)
    return count
