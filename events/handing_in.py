"""Materials of a talk are handed in: checked, and kept as the next version."""

import hashlib
import os
from pathlib import Path, PurePosixPath
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max, OuterRef, Prefetch, QuerySet, Subquery
from django.utils.translation import gettext as _

from events import slides
from events.bringing import Bringer
from events.models import Kind, Material, Resource, Talk
from events.slides import RefusedError
from forums.services import CidReuseError

MB = 2**20
# What is given out again as a file of its own, and never run: people/files.py.
ENDINGS = {
    Kind.SLIDES: ("pdf",),
    Kind.PAPER: ("pdf",),
    Kind.OTHER: tuple(
        "pdf pptx odp key docx odt xlsx ods csv txt md zip gz png jpg jpeg webp svg pcap".split()
    ),
}


class Arrived(File):
    """A file that lies under `path` already, on the disk of the materials: linked, not copied."""

    def __init__(self, path: Path, name: str):
        super().__init__(path.open("rb"), name=name)
        self.path = path

    def temporary_file_path(self) -> str:
        return str(self.path)


def ending_of(kind: str, name: str) -> str:
    """The ending under which a file is kept; RefusedError where its kind is not taken."""
    ending = PurePosixPath(name.lower()).suffix.removeprefix(".")
    if kind in (Kind.SLIDES, Kind.PAPER):
        return "pdf"  # whatever it is called: the check opens it
    if ending not in ENDINGS[Kind(kind)]:
        raise RefusedError(
            _("A file that ends in “%(ending)s” is not taken. Taken are: %(all)s.")
            % {"ending": ending or name, "all": ", ".join(ENDINGS[Kind(kind)])}
        )
    return ending


def check_size(kind: str, size: int) -> None:
    """RefusedError where a file of `size` bytes is empty or too large for its kind."""
    most = settings.UPLOAD_MB[kind]
    if not size:
        raise RefusedError(_("This file is empty."))
    if size > most * MB:
        raise RefusedError(
            _("This file has %(size)d MB; at most %(most)d MB are taken. Shrink its pictures.")
            % {"size": -(-size // MB), "most": most}
        )


def digest_of(file: File) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def hand_in(
    talk: Talk,
    *,
    kind: str,
    title: str,
    file: UploadedFile | File,
    bringer: Bringer,
    cid: UUID,
) -> Material:
    """Keep `file` as the next version of what has this kind and title; a talk has one slides.

    RefusedError says why a file is not taken. The same file again is the version that is there.
    Repeating with the same `cid` gives the first version; another file or talk with it raises
    CidReuseError.
    """
    bringer.check(talk)
    check_size(kind, file.size or 0)
    ending = ending_of(kind, file.name or "")
    digest = digest_of(file)
    pages = 0 if kind == Kind.OTHER else slides.count_pages(file)
    with transaction.atomic():
        Talk.objects.select_for_update().get(pk=talk.pk)
        known = Material.objects.filter(**bringer.fields, cid=cid).first()
        if known:
            if known.talk.pk != talk.pk or known.sha256 != digest:
                raise CidReuseError
            return known
        resource = _resource(talk, kind, title)
        newest = resource.versions.first()
        if newest and newest.sha256 == digest:
            return newest
        last = resource.versions.aggregate(last=Max("number"))["last"] or 0
        material = Material(
            resource=resource, number=last + 1, title=title, sha256=digest, size=file.size or 0,
            ending=ending, pages_expected=pages, cid=cid, **bringer.fields,
            state=Material.State.PENDING if kind == Kind.SLIDES else Material.State.READY,
        )  # fmt: skip
        _keep_file(material, file)
        material.save()
        if kind == Kind.SLIDES:
            slides.enqueue(material)
    return material


def _resource(talk: Talk, kind: str, title: str) -> Resource:
    wanted = {"talk": talk, "kind": kind} | ({} if kind == Kind.SLIDES else {"title": title})
    resource, _created = Resource.objects.get_or_create(**wanted, defaults={"title": title})
    return resource


def _keep_file(material: Material, file: File) -> None:
    """The file under the name of its content, whole or not at all."""
    storage = material.file.storage
    path = material.file.field.generate_filename(material, "")
    if storage.exists(path) and storage.size(path) == material.size:
        material.file.name = path  # the same content lies there already
        return
    storage.delete(path)  # a server was killed while it wrote
    if isinstance(file, Arrived):
        target = Path(storage.path(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(file.temporary_file_path(), target)
        material.file.name = path
    else:
        material.file.save("kept", file, save=False)


def all_versions(talk: Talk) -> QuerySet[Resource]:
    """Everything that was handed in for a talk, the newest version of each first."""
    versions = Material.objects.select_related("by", "link").order_by("-pk")
    return talk.resources.prefetch_related(Prefetch("versions", versions))


def shown_files(talk: Talk) -> list[Material]:
    """The newest version of each file but the slides, which have pages of their own."""
    ready = Material.objects.filter(state=Material.State.READY)
    newest = ready.filter(resource=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    others = talk.resources.exclude(kind=Kind.SLIDES).annotate(newest=Subquery(newest))
    rows = Material.objects.filter(pk__in=others.values("newest"))
    return list(rows.select_related("resource__talk__edition").order_by("resource"))
