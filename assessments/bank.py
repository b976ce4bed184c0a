"""Writes of the question bank: imports of files, and what stands beside a question."""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from assessments import formats
from assessments.formats.items import (
    LONGEST_CATEGORY,
    UNSORTED,
    Item,
    Read,
    Refusal,
    clean_category,
)
from assessments.models import Category, Question, QuestionImport, QuestionVersion, Tag
from competencies.models import Competency
from people.models import User

BATCH = 500  # questions that are looked up and written together


@dataclass
class ImportReport:
    """What an import took and refused; written only without `dry_run`."""

    taken: list[Item] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refusals: int = 0

    def note(self, row: Read) -> None:
        """Keep a row; a file of any length is noted elsewhere, one row at a time."""
        if isinstance(row, Item):
            self.taken.append(row)
        else:
            self.refused.append(row)


def import_questions(text: str, *, bank: str = "", dry_run: bool = False) -> ImportReport:
    """Take every question of a GIFT text into the bank, or refuse it by line and reason."""
    file = io.BytesIO(text.encode())
    return import_file(file, form="gift", bank=bank, dry_run=dry_run)


@transaction.atomic
def import_file(
    file: BinaryIO,
    *,
    name: str = "",
    form: str = "auto",
    bank: str = "",
    dry_run: bool = False,
    note: Callable[[Read], None] | None = None,
) -> ImportReport:
    """Take every question of a file into the bank, or refuse it by line and reason.

    `bank` is the shelf under which the file's own categories stand. A question is known by its
    title within its bank, the second of the same title by its place among them; the same file
    again changes nothing, other text makes a new version. Attempts keep the version that they
    drew. `note` hears of each row in place of the report's lists.
    """
    report = ImportReport()
    note = note or report.note
    shelf = clean_category(bank)
    names: dict[str, int] = {}
    rows = formats.read(file, name=name, form=form)
    while batch := list(islice(rows, BATCH)):
        known = Competency.objects.in_bulk(
            {row.competency for row in batch if isinstance(row, Item) and row.competency},
            field_name="code",
        )
        batch = [_with_competency(row, known) for row in batch]
        items = [(_ident(row, shelf, names), row) for row in batch if isinstance(row, Item)]
        for outcome in _store(items, shelf=shelf, known=known, dry_run=dry_run):
            setattr(report, outcome, getattr(report, outcome) + 1)
        report.refusals += len(batch) - len(items)
        for row in batch:
            note(row)
    return report


@transaction.atomic
def keep_question(*, ident: str, retired: bool = False, **said: Any) -> Question:
    """The question of the bank by that name, in a new version unless it says just this.

    `said` are the fields of an `Item` as plain data, as a course's folder keeps them.
    """
    item = Item(n=1, line=1, **{**said, "tags": tuple(said.get("tags", ()))})
    known = Competency.objects.in_bulk({item.competency} - {""}, field_name="code")
    if item.competency not in {"", *known}:
        raise ValueError(f"{ident}: there is no competency {item.competency}.")
    _store([(ident, item)], shelf="", known=known, dry_run=False)
    Question.objects.filter(ident=ident).update(retired=retired)
    return Question.objects.get(ident=ident)


def _with_competency(row: Read, known: dict[str, Competency]) -> Read:
    if isinstance(row, Item) and row.competency and row.competency not in known:
        message = f"There is no competency {row.competency[:40]}."
        return Refusal(row.n, row.line, "COMPETENCY", message)
    return row


def _ident(item: Item, shelf: str, names: dict[str, int]) -> str:
    """The name of a question in the whole bank; equal titles of one file are counted."""
    base = f"{slugify(shelf)[:60]}-{item.ident}"[:110] if shelf else item.ident
    count = names.get(base, 0) + 1
    while (ident := base if count == 1 else f"{base}-{count}") in names and count > 1:
        count += 1
    names[base] = count
    if ident != base:
        names[ident] = 1
    return ident


def _store(
    items: list[tuple[str, Item]], *, shelf: str, known: dict[str, Competency], dry_run: bool
) -> list[str]:
    """Write a batch; for each item "new", "changed" or "unchanged"."""
    questions = {
        question.ident: question
        for question in Question.objects.filter(ident__in=[ident for ident, _item in items])
        .select_related("current", "category", "competency")
        .prefetch_related("tags")
    }
    outcomes = []
    to_write: list[tuple[str, Item, Question | None]] = []
    for ident, item in items:
        question = questions.get(ident)
        same_text = question is not None and _says_the_same(question.current, item)
        if question is None:
            outcomes.append("new")
        else:
            same = same_text and _stands_the_same(question, item, shelf)
            outcomes.append("unchanged" if same else "changed")
        if outcomes[-1] != "unchanged":
            to_write.append((ident, item, question))
    if not dry_run and to_write:
        _write(to_write, shelf, known)
    return outcomes


def _says_the_same(version: QuestionVersion | None, item: Item) -> bool:
    if version is None:
        return False
    said = (version.type, version.stem, version.content, version.feedback)
    return said == (item.type, item.stem, item.content, item.feedback)


def _stands_the_same(question: Question, item: Item, shelf: str) -> bool:
    """Whether what stands beside the text is as the file has it; what it leaves open, is."""
    return (
        question.category.slug == _category(item, shelf)
        and item.title in ("", question.title)
        and (not item.tags or {tag.slug for tag in question.tags.all()} == set(item.tags))
        and item.competency in ("", question.competency and question.competency.code)
        and item.difficulty in (None, question.difficulty)
    )


def _category(item: Item, shelf: str) -> str:
    if not shelf:
        return item.category or UNSORTED
    if item.category == shelf or item.category.startswith(f"{shelf}/"):
        return item.category
    return f"{shelf}/{item.category}".rstrip("/")[:LONGEST_CATEGORY]


def _write(
    rows: list[tuple[str, Item, Question | None]], shelf: str, known: dict[str, Competency]
) -> None:
    categories = _named(Category, {_category(item, shelf) for _ident, item, _q in rows})
    tags = _named(Tag, {tag for _ident, item, _q in rows for tag in item.tags})
    made = Question.objects.bulk_create(
        Question(ident=ident, category=categories[_category(item, shelf)], title=item.title)
        for ident, item, question in rows
        if question is None
    )
    new = {question.ident: question for question in made}
    pairs = [(question or new[ident], item) for ident, item, question in rows]
    _write_versions(pairs)
    for question, item in pairs:
        question.category = categories[_category(item, shelf)]
        question.title = item.title or question.title
        question.difficulty = item.difficulty or question.difficulty
        question.competency = known.get(item.competency, question.competency)
    Question.objects.bulk_update(
        [question for question, _item in pairs],
        ["category", "title", "difficulty", "competency", "current"],
    )
    _write_tags([(question, item) for question, item in pairs if item.tags], tags)


def _write_versions(pairs: list[tuple[Question, Item]]) -> None:
    changed = [(q, item) for q, item in pairs if not _says_the_same(q.current, item)]
    versions = QuestionVersion.objects.bulk_create(
        QuestionVersion(
            question=question,
            number=question.current.number + 1 if question.current else 1,
            type=item.type,
            stem=item.stem,
            content=item.content,
            feedback=item.feedback,
        )
        for question, item in changed
    )
    for (question, _item), version in zip(changed, versions, strict=True):
        question.current = version


def _write_tags(pairs: list[tuple[Question, Item]], tags: dict[str, Tag]) -> None:
    through = Question.tags.through
    through.objects.filter(question__in=[question for question, _item in pairs]).delete()
    through.objects.bulk_create(
        through(question=question, tag=tags[slug]) for question, item in pairs for slug in item.tags
    )


def _named(model: type[Any], slugs: set[str]) -> dict[str, Any]:
    """The rows of these slugs, made where they are missing."""
    model.objects.bulk_create([model(slug=slug) for slug in sorted(slugs)], ignore_conflicts=True)
    return {row.slug: row for row in model.objects.filter(slug__in=slugs)}


# --- A file that somebody brought ------------------------------------------------------------


def bring_file(content: bytes, *, name: str, form: str, bank: str, by: User) -> QuestionImport:
    """Keep a file so that its author sees what would be taken; nothing else is written.

    The same file brought again by the same person, not yet taken, is the same proposal.
    """
    digest = hashlib.sha256(content).hexdigest()
    brought, _made = QuestionImport.objects.get_or_create(
        brought_by=by,
        sha256=digest,
        form=form,
        bank=bank,
        applied_at=None,
        defaults={"name": name[:200], "content": content},
    )
    return brought


def preview_file(brought: QuestionImport) -> ImportReport:
    """What taking the file would do now."""
    return import_file(
        io.BytesIO(brought.content), name=brought.name, form=brought.form, bank=brought.bank,
        dry_run=True,
    )  # fmt: skip


@transaction.atomic
def take_file(brought: QuestionImport) -> QuestionImport:
    """Take the questions of a file that was brought. Safe to repeat."""
    brought = QuestionImport.objects.select_for_update().get(pk=brought.pk)
    if brought.applied_at:
        return brought
    file = io.BytesIO(brought.content)
    report = import_file(file, name=brought.name, form=brought.form, bank=brought.bank)
    brought.counts = {
        "new": report.new, "changed": report.changed, "unchanged": report.unchanged,
        "refused": report.refusals,
    }  # fmt: skip
    brought.applied_at = timezone.now()
    brought.content = b""  # the bank has the questions now
    brought.save(update_fields=["counts", "applied_at", "content"])
    return brought


# --- Giving out ------------------------------------------------------------------------------


def items_of(questions: Iterable[Question]) -> Iterator[Item]:
    """Questions of the bank as the items that every format is written from."""
    for n, question in enumerate(questions, start=1):
        version = question.current
        if version is None:
            continue
        yield Item(
            n=n,
            line=n,
            type=version.type,
            title=question.title or question.ident,
            stem=version.stem,
            content=version.content,
            feedback=version.feedback,
            category=question.category.slug,
            tags=tuple(tag.slug for tag in question.tags.all()),
            competency=question.competency.code if question.competency else "",
            difficulty=question.difficulty,
        )
