"""Materials of a talk are handed in: checked, and kept as the next version."""

import hashlib
import os
from datetime import date
from pathlib import Path, PurePosixPath
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Prefetch, QuerySet
from django.utils.translation import gettext as _

from events import reviewing, slides, transcoding, webvtt
from events.bringing import Bringer
from events.models import ONE_OF_A_TALK, Cue, Kind, Material, Resource, Talk
from events.slides import RefusedError
from forums.services import CidReuseError
from people.models import User

MB = 2**20
# What is given out again as a file of its own, and never run: people/files.py.
ENDINGS = {
    Kind.SLIDES: ("pdf",),
    Kind.PAPER: ("pdf",),
    Kind.OTHER: tuple(
        "pdf pptx odp key docx odt xlsx ods csv txt md zip gz png jpg jpeg webp svg pcap".split()
    ),
    Kind.RECORDING: tuple("mp4 m4v mov webm mkv mp3 m4a ogg opus".split()),
    Kind.TRANSCRIPT: ("vtt",),
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
    licence: str = "",
    file: UploadedFile | File,
    bringer: Bringer,
    cid: UUID,
) -> Material:
    """Keep `file` as the next version of what has this kind and title; a talk has one slides.

    A `licence` that is given holds for all versions from now on; none leaves it as it was.
    RefusedError says why a file is not taken. The same file again is the version that is there.
    Repeating with the same `cid` gives the first version; another file or talk with it raises
    CidReuseError.
    """
    bringer.check(talk)
    check_size(kind, file.size or 0)
    ending = ending_of(kind, file.name or "")
    digest = digest_of(file)
    pages, cues = _look_into(kind, file)
    with transaction.atomic():
        Talk.objects.select_for_update().get(pk=talk.pk)
        known = Material.objects.filter(**bringer.fields, cid=cid).first()
        if known:
            if known.talk.pk != talk.pk or known.sha256 != digest:
                raise CidReuseError
            return known
        resource = _resource(talk, kind, title)
        if licence and licence != resource.licence:
            resource.licence = licence
            resource.save(update_fields=["licence"])
        newest = resource.versions.first()
        if newest and newest.sha256 == digest:
            return newest
        last = resource.versions.aggregate(last=Max("number"))["last"] or 0
        material = Material(
            resource=resource, number=last + 1, title=title, sha256=digest, size=file.size or 0,
            ending=ending, pages_expected=pages, cid=cid, **bringer.fields,
        )  # fmt: skip
        _keep_file(material, file)
        if kind == Kind.SLIDES:
            reviewing.begin(resource)
        if settings.SCAN_COMMAND:  # events/scanning.py goes on with it
            material.scan = Material.Scan.WAITING
        material.save()
        if not material.is_kept_away:
            _begin(material, cues)
    return material


def take_in(material: Material) -> None:
    """Go on with a version that the virus scanner has judged."""
    if material.is_kept_away:
        material.state, material.reason = Material.State.REFUSED, kept_away()
        material.save(update_fields=["state", "reason"])
        return
    cues = []
    if material.resource.kind == Kind.TRANSCRIPT:
        with material.file.open("rb") as file:
            cues = webvtt.read(file.read())
    _begin(material, cues)


def kept_away() -> str:
    return _(
        "The virus scanner found something in this file; nobody gets it. Look after the computer "
        "that it came from, then hand in a clean file."
    )


def _look_into(kind: str, file: File) -> tuple[int, list[webvtt.Cue]]:
    """The pages of a PDF, the cues of a transcript; RefusedError for what is none of its kind."""
    if kind in (Kind.SLIDES, Kind.PAPER):
        return slides.count_pages(file), []
    first = file.read(16)
    file.seek(0)
    if kind == Kind.RECORDING and transcoding.container_of(first) is None:
        raise RefusedError(_("This is no recording that players know: take MP4, WebM, MP3 or Ogg."))
    if kind != Kind.TRANSCRIPT:
        return 0, []
    try:
        cues = webvtt.read(file.read())
    except webvtt.FaultyError as error:
        raise RefusedError(str(error)) from error
    file.seek(0)
    return 0, cues


def _begin(material: Material, cues: list[webvtt.Cue]) -> None:
    """Slides are cut by the worker; everything else is ready. Search listens to the last save."""
    if material.resource.kind == Kind.SLIDES:
        slides.enqueue(material)
        return
    Cue.objects.bulk_create(
        [
            Cue(material=material, number=number, start=cue.start, end=cue.end, text=cue.text)
            for number, cue in enumerate(cues, start=1)
        ],
        batch_size=500,
    )
    material.state = Material.State.READY
    material.save(update_fields=["state"])


def _resource(talk: Talk, kind: str, title: str) -> Resource:
    wanted = {"talk": talk, "kind": kind} | ({} if kind in ONE_OF_A_TALK else {"title": title})
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


def newest_of(resources: QuerySet[Resource]) -> QuerySet[Material]:
    """The newest version that is ready, of each of `resources`."""
    ready = Material.objects.filter(state=Material.State.READY)
    newer = ready.filter(resource=OuterRef("resource"), pk__gt=OuterRef("pk"))
    newest = ready.filter(~Exists(newer), resource__in=resources)
    return newest.select_related("resource__talk__edition", "resource__talk__audience")


def shown_files(talk: Talk, person) -> list[Material]:
    """The newest version of each file that `person` may read, but of what has pages."""
    others = talk.resources.visible_to(person).exclude(kind__in=ONE_OF_A_TALK)
    return list(newest_of(others).order_by("resource"))


@transaction.atomic
def set_access(
    resource: Resource, *, access: str, from_day: date | None, licence: str, by: User
) -> None:
    """Who reads it, from which day on, by which licence; page, file, search, ZIP follow at once."""
    Bringer(by=by).check(resource.talk)
    resource.access, resource.from_day, resource.licence = access, from_day, licence
    resource.save(update_fields=["access", "from_day", "licence", "waits"])


def open_those_due() -> int:
    """What waited for a day that has come is found by search from now on; how many."""
    due = Resource.objects.begun().filter(waits=True).select_related("talk")
    for resource in due:
        resource.save(update_fields=["waits"])
    return len(due)
