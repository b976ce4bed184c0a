"""A folder of documents becomes a module with units: read confined, then written."""

import hashlib
import json
import re
import tempfile
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Question
from courses import folders
from courses.models import CoursePage, ModulePage, UnitImport, UnitPage, UnitSource
from courses.publishing import as_one_version
from courses.rules import may_care
from courses.services.pictures import keep_picture
from people.confined import findings
from people.models import User
from people.slugs import free_slug

FILES_OF_A_CHILD = 20
SECONDS_A_CHILD = 120
PROPOSALS_KEPT = timedelta(days=1)
UNREADABLE = "BROKEN"  # also where the reader was killed at this file
NUMBER = re.compile(r"\A[\d\s._-]+(?=\D)")


@dataclass
class FileReport:
    """What became of one file, or would: one row of the report."""

    file: str
    outcome: str = "taken"  # taken, warned (taken all the same), refused
    unit: str = ""  # its title
    change: str = ""  # new, changed, unchanged
    messages: list[dict[str, str]] = field(default_factory=list)  # code and message

    def refuse(self, code: str) -> None:
        self.outcome = "refused"
        self.messages.append({"code": code, "message": sentences()[code]})

    def warn(self, code: str) -> None:
        self.outcome = "warned"
        self.messages.append({"code": code, "message": sentences()[code]})


def sentences() -> dict[str, str]:
    """What each code of a report means, for people."""
    return {
        "BROKEN": _("It cannot be opened: it is damaged, or not what its name says."),
        "EMPTY": _("Nothing that could be read is in it."),
        "KIND": _("Only .docx, .md, .html and .pdf become units. Save it as one of these."),
        "LINK": _("Its link cannot be read, or leads to no web address."),
        "MANIFEST": _("The manifest cannot be read: the files stand by their names."),
        "QUESTIONS": _("It holds questions: bring the package into the question bank."),
        "LOCKED": _("It asks for a password, or is an old .doc. Save it anew without one."),
        "NAME_LONG": _("Its name is too long."),
        "NAME_TWICE": _("A file of this name is there already."),
        "NESTED": _("It is nested too deeply."),
        "NOT_UTF8": _("It is not text in UTF-8."),
        "NO_TEXT": _("It is made of pictures without text, such as a scan."),
        "PATH": _("Its name leads out of the folder."),
        "TOO_LARGE": _("It is too large."),
        "ZIP_IN_ZIP": _("A zip in a folder or zip is not opened. Bring it by itself."),
        "CELLS_PARTED": _("Cells of a table that were one are parted; the text is in the first."),
        "HEAD_UNREADABLE": _("The lines between --- at its beginning could not be read."),
        "LINK_LEFT_OUT": _("Links to other files were left out; their words are kept."),
        "MEDIA_LEFT_OUT": _("Sound, video or embedded parts were left out."),
        "PDF_TEXT_ONLY": _("Of a PDF only the text is kept: look at headings and lists."),
        "PICTURE_BROKEN": _("A picture could not be opened and was left out."),
        "PICTURE_ELSEWHERE": _("A picture lies on another site and was left out."),
        "PICTURE_KIND": _("A picture is of a kind that browsers do not show; it was left out."),
        "PICTURE_LARGE": _("A picture is too large and was left out."),
        "PICTURE_MISSING": _("A picture is not in the folder and was left out."),
        "PICTURE_WITHOUT_ALT": _("A picture does not say what it shows: describe it."),
        "QUESTION_UNKNOWN": _("A check question is not in the bank and was left out."),
        "QUIZ_UNKNOWN": _("The course has no final quiz; its place was left out."),
        "TABLE_IN_TABLE": _("A table inside a table became text of its cell."),
    }


def import_zip(archive: Path, course: CoursePage, **options: Any) -> list[FileReport]:
    """As `import_folder`, of the files in a zip. FolderError where it cannot be unpacked."""
    with tempfile.TemporaryDirectory() as folder:
        refused = folders.unpack(archive, Path(folder))
        return import_folder(Path(folder), course, refused=refused, **options)


def import_folder(
    folder: Path,
    course: CoursePage,
    *,
    module: str,
    by: User | None = None,
    publish: bool = False,
    dry_run: bool = False,
    refused: folders.Refusals | None = None,
) -> list[FileReport]:
    """Make the documents below `folder` units of the module `module`; a report of every file.

    They stand in the natural order of their names, or as a cartridge orders them. Safe to
    repeat: the module is known by its title, a unit by the name of its file; a file that says
    the same changes nothing. New units are drafts, and changes wait in a draft, unless
    `publish`. Without `by` the command line does it. `refused` are files that the caller left
    out, with their codes.
    """
    names, not_taken, cartridge = folders.documents(folder)
    with tempfile.TemporaryDirectory() as out:
        found = [
            said | {"title": cartridge.titles.get(said["file"]) or said.get("title", "")}
            for said in _read(folder, names, Path(out))
        ]
        reports = _write(found, course, module=module, by=by, publish=publish, dry_run=dry_run)
    for name, code in {**not_taken, **(refused or {})}.items():
        reports.append(row := FileReport(name))
        row.refuse(code)
    return sorted(reports, key=lambda row: (cartridge.place(row.file), folders.natural(row.file)))


def _read(folder: Path, names: list[str], out: Path) -> list[dict]:
    """What the confined reader says of each file, in their order."""
    found: list[dict] = []
    while waiting := names[len(found) :]:
        batch = waiting[:FILES_OF_A_CHILD]
        before = len(found)
        orders = (str(folder), str(out), *batch)
        for said, _child in findings("courses.reading", *orders, seconds=SECONDS_A_CHILD):
            found.append(said)
        if len(found) < before + len(batch):  # the reader ended at this file
            found.append({"file": names[len(found)], "refused": UNREADABLE})
    return found


@transaction.atomic
def _write(
    found: list[dict],
    course: CoursePage,
    *,
    module: str,
    by: User | None,
    publish: bool,
    dry_run: bool,
) -> list[FileReport]:
    CoursePage.objects.select_for_update().get(pk=course.pk)
    page = ModulePage.objects.child_of(course).filter(title=module).first()
    known = {row.name: row for row in page.sources.select_related("unit")} if page else {}
    reports, last = [], None
    writes = not dry_run
    with as_one_version(course) if publish and writes else nullcontext():
        for said in found:
            source = known.get(said["file"])
            reports.append(report := FileReport(said["file"]))
            if "refused" in said:
                report.refuse(said["refused"])
            else:
                report.unit = said["title"] or _title(said["file"])
                digest = _digest(said)
                report.change = _change(source, digest)
                body = _body(said, course, report, dry_run=dry_run)
                if writes and report.change != "unchanged":
                    page = page or _module(course, module, by=by)
                    source = _keep(source, said, body, report.unit, digest, page, last)
                    source.unit.save_revision(user=by)
                if writes and publish and source:
                    _publish(source.unit, by=by)
            last = source.unit if source else last
        if writes and publish and page:
            _publish(page, by=by)
    return reports


def _title(name: str) -> str:
    """ "03_the-router.docx" -> "The router"."""
    stem = Path(name).stem
    words = re.sub(r"[\s_-]+", " ", NUMBER.sub("", stem) or stem).strip()
    return (words[:1].upper() + words[1:])[:255] or stem[:255]


def _change(source: UnitSource | None, digest: str) -> str:
    if source is None:
        return "new"
    return "unchanged" if source.sha256 == digest else "changed"


def _digest(said: dict) -> str:
    """Of all that the file says; a picture counts by what it shows, not by where it lies."""
    rows = [
        [kind, {**value, "src": hashlib.sha256(Path(value["src"]).read_bytes()).hexdigest()}]
        if kind == "image"
        else [kind, value]
        for kind, value in said["pieces"]
    ]
    facts = [said["title"], said["summary"], said["minutes"], rows]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _body(
    said: dict, course: CoursePage, report: FileReport, *, dry_run: bool
) -> list[tuple[str, Any]]:
    """The blocks of the unit; in a dry run pictures are not kept, so it is not to be saved."""
    for code in said["warnings"]:
        report.warn(code)
    body: list[tuple[str, Any]] = []
    for kind, value in said["pieces"]:
        if kind == "image":
            image = None if dry_run else _picture(value, report.file)
            body.append((kind, {"image": image, **_words(value)}))
        elif kind == "table":
            body.append((kind, {"data": value, "first_row_is_table_header": True}))
        elif kind == "check":
            question = Question.objects.filter(ident=value).first()
            if question:
                body.append((kind, {"question": question}))
            else:
                report.warn("QUESTION_UNKNOWN")
        elif kind == "quiz":
            if course.quiz:
                body.append((kind, {"quiz": course.quiz}))
            else:
                report.warn("QUIZ_UNKNOWN")
        else:
            body.append((kind, value))
    return body


def _words(value: dict) -> dict:
    return {"alt": value["alt"], "caption": value["caption"]}


def _picture(value: dict, file: str) -> Any:
    path = Path(value["src"])
    name = path.name.split("-", 1)[1]
    title = f"{Path(file).stem}: {name}"
    return keep_picture(path.read_bytes(), name=name, title=title, description=value["alt"])


def _module(course: CoursePage, title: str, *, by: User | None) -> ModulePage:
    slug = _slug_below(course, title)
    page = course.add_child(instance=ModulePage(title=title, slug=slug, live=False, owner=by))
    page.save_revision(user=by)
    return page


def _slug_below(parent: Any, title: str) -> str:
    taken = set(parent.get_children().values_list("slug", flat=True))
    return free_slug(title, "part", taken, longest=80)


def _keep(
    source: UnitSource | None,
    said: dict,
    body: list[tuple[str, Any]],
    title: str,
    digest: str,
    module: ModulePage,
    after: UnitPage | None,
) -> UnitSource:
    """The unit of a file, made at its place or changed; not yet as a revision."""
    if source is None:
        unit = UnitPage(title=title, slug=_slug_below(module, title), live=False, body=body)
        _fill(unit, said, title, body)
        _place(unit, module, after)
        return UnitSource.objects.create(module=module, name=said["file"], sha256=digest, unit=unit)
    _fill(source.unit, said, title, body)
    source.sha256 = digest
    source.save(update_fields=["sha256"])
    return source


def _fill(unit: UnitPage, said: dict, title: str, body: list[tuple[str, Any]]) -> None:
    unit.title = unit.draft_title = title
    unit.summary = said["summary"]
    unit.minutes = said["minutes"] or _minutes(said["pieces"])
    unit.body = body


def _minutes(pieces: list) -> int:
    """Reading time at 150 words a minute, at least three."""
    words = sum(len(str(value).split()) for _kind, value in pieces)
    return max(3, min(words // 150, 240))


def _place(unit: UnitPage, module: ModulePage, after: UnitPage | None) -> None:
    """Put a new unit after that of the file before it, or first of all."""
    first = module.get_first_child()
    if after is not None:
        UnitPage.objects.get(pk=after.pk).add_sibling("right", instance=unit)
    elif first is not None:
        first.add_sibling("left", instance=unit)
    else:
        module.add_child(instance=unit)


def _publish(page: Any, *, by: User | None) -> None:
    """Publish what waits; `may_care()` of whoever brought the files is the right."""
    page.refresh_from_db()
    if page.has_unpublished_changes or not page.live:
        page.get_latest_revision().publish(user=by, skip_permission_checks=True)


# --- In the editor's pages: report first, then confirm ---------------------------------------


def propose_import(
    course: CoursePage, files: Iterable, *, module: str, publish: bool, by: User
) -> UnitImport:
    """Read uploaded files, or one zip, and keep them with their report until they are confirmed.

    FolderError where a zip cannot be unpacked; PermissionDenied unless `by` looks after the
    courses of the house. Proposals that nobody confirmed within a day go.
    """
    _need_carer(by)
    UnitImport.objects.filter(at__lt=timezone.now() - PROPOSALS_KEPT).delete()
    with tempfile.NamedTemporaryFile(suffix=".zip") as copy:
        archive = Path(copy.name)
        folders.packed(files, archive)
        reports = import_zip(archive, course, module=module, publish=publish, dry_run=True)
        return UnitImport.objects.create(
            course=course,
            module=module,
            publish=publish,
            content=archive.read_bytes(),
            report=[asdict(report) for report in reports],
            by=by,
        )


def confirm_import(proposal: UnitImport, *, by: User) -> list[FileReport]:
    """Do what was proposed, as the files are now, and forget the proposal."""
    _need_carer(by)
    with tempfile.NamedTemporaryFile(suffix=".zip") as copy:
        Path(copy.name).write_bytes(proposal.content)
        reports = import_zip(
            Path(copy.name),
            proposal.course,
            module=proposal.module,
            publish=proposal.publish,
            by=by,
        )
    proposal.delete()
    return reports


def _need_carer(person: User) -> None:
    if not may_care(person):
        raise PermissionDenied(_("Authors, registrars and administrators bring units in."))
