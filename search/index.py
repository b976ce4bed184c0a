"""Writes of the index: documents in, documents out, the vocabulary, a rebuild.

The row and its full-text entry change in the caller's transaction. Where Elasticsearch is
on, an outbox row goes with them; the worker carries it there.
"""

import re
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model, Q

from courses.models import CoursePage, CourseVersion
from events.models import Edition, Talk
from search.analysis import words
from search.documents import SOURCES, Document, Source
from search.models import SearchDocument, SearchOutbox, SearchTerm, SearchTermKey
from search.planner import typo_keys

_FIELDS = ("kind", "group", "title", "body", "url", "pool", "agency", "author", "state", "when")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LONGEST_BODY = 200_000  # letters of one document; a longer text is cut into several by its source


def next_version(after: int = 0) -> int:
    """A version that is newer than `after` and than any that a deleted row of this key had.

    Microseconds since 1970: a key that goes and comes back does not begin at 1 again, where
    Elasticsearch would keep what it had before, and its audience.
    """
    return max(after + 1, time.time_ns() // 1000)


@transaction.atomic
def refresh(source: Source, pk: object) -> None:
    """Make the documents of one object equal to what its source says now.

    Its documents are locked before the object is read: of two changes at the same time the
    later one reads what the earlier one wrote.
    """
    known = {document.key: document for document in _locked(source, pk)}
    row = source.rows().filter(pk=pk).first()
    wanted = {document.key: document for document in (source.documents(row) if row else [])}
    _delete([known[key] for key in known.keys() - wanted.keys()])
    for key, document in wanted.items():
        _write(document, known.get(key))


@transaction.atomic
def forget(source: Source, pk: object) -> None:
    """Take out every document of a deleted object."""
    _delete(_locked(source, pk))


def _locked(source: Source, pk: object) -> list[SearchDocument]:
    stem = source.stem(pk)
    own = Q(key=stem) | Q(key__startswith=f"{stem}:")
    return list(SearchDocument.objects.select_for_update().filter(own).order_by("pk"))


def _write(document: Document, known: SearchDocument | None) -> None:
    values = values_of(document)
    if known is None:
        version = next_version()
        SearchDocument.objects.create(key=document.key, version=version, **values)
    elif not differs(known, values):
        return
    else:
        version = next_version(known.version)
        SearchDocument.objects.filter(pk=known.pk).update(version=version, **values)
    learn_words(values["title"])
    _tell([(document.key, SearchOutbox.Action.INDEX, version)])


def differs(known: SearchDocument, values: dict) -> bool:
    return any(getattr(known, name) != value for name, value in values.items())


def values_of(document: Document) -> dict:
    values = {name: getattr(document, name) for name in _FIELDS}
    values["title"] = _plain(document.title)[:1000]
    values["body"] = _plain(document.body)[:LONGEST_BODY]
    return values | {"audience_id": document.audience.pk, "tags": list(document.tags)}


def _plain(text: str) -> str:
    """Without control characters, and composed: an accent is one letter with its letter."""
    return unicodedata.normalize("NFC", _CONTROL.sub(" ", text))


def _delete(rows: Iterable[SearchDocument]) -> None:
    for row in rows:
        _tell([(row.key, SearchOutbox.Action.DELETE, next_version(row.version))])
        row.delete()


def _tell(changes: Iterable[tuple[str, SearchOutbox.Action, int]]) -> None:
    if settings.ELASTICSEARCH_URL:
        SearchOutbox.objects.bulk_create(
            [SearchOutbox(key=key, action=action, version=v) for key, action, v in changes],
            batch_size=500,
        )


def learn_words(text: str) -> None:
    """Add the words of a title to the vocabulary at once; counts come with the next rebuild."""
    found = set(words(text))
    known = set(SearchTerm.objects.filter(term__in=found).values_list("term", flat=True))
    _add_terms(dict.fromkeys(found - known, 1))


def _add_terms(counts: dict[str, int]) -> None:
    SearchTerm.objects.bulk_create(
        [SearchTerm(term=word, documents=count) for word, count in counts.items()],
        ignore_conflicts=True,
        batch_size=1000,
    )
    terms = SearchTerm.objects.filter(term__in=list(counts), keys__isnull=True)
    SearchTermKey.objects.bulk_create(
        [
            SearchTermKey(key=key, term=term)
            for term in terms
            for key in sorted(typo_keys(term.term))
        ],
        batch_size=1000,
    )


@transaction.atomic
def rebuild_vocabulary() -> int:
    """Count every word of every document again; the number of words kept.

    A word is kept when a title has it or two documents do.
    """
    counts: Counter[str] = Counter()
    titles: set[str] = set()
    for title, body in SearchDocument.objects.values_list("title", "body").iterator(2000):
        in_title = set(words(title))
        titles |= in_title
        counts.update(in_title | set(words(body)))
    kept = {word: count for word, count in counts.items() if count > 1 or word in titles}
    SearchTerm.objects.all().delete()
    chunk = 2000
    pairs = list(kept.items())
    for start in range(0, len(pairs), chunk):
        _add_terms(dict(pairs[start : start + chunk]))
    _tell_the_planner(SearchTerm, SearchTermKey)
    return len(kept)


def _tell_the_planner(*models: type[Model]) -> None:
    """Let PostgreSQL know how much was just written.

    By itself it looks now and then, and never into an open transaction: of tables that were
    empty then, it reads one whole for each row of the other.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in models)}")


def follow_registry(kind: str) -> None:
    """A registry file was applied in bulk: bring its documents up to date in the same way."""
    prefix = {"people": "person", "centres": "centre"}[kind]
    for source in SOURCES:
        if source.prefix == prefix:
            rebuild_source(source)


def follow_schedule(edition: Edition) -> None:
    """A schedule was applied in bulk: bring the documents of talks up to date in the same way."""
    rebuild_source(next(source for source in SOURCES if source.model is Talk))


def follow_course(version: CourseVersion) -> None:
    """A course has a new version, its units written in bulk: make its documents again."""
    source = next(source for source in SOURCES if source.model is CoursePage)
    refresh(source, version.course_id)


def rebuild(progress: Callable[[str], None] = lambda line: None) -> int:
    """Make every document again and take out those whose object is gone; the number of documents.

    Can be stopped and run again: each kind is a transaction of its own.
    """
    for source in SOURCES:
        progress(f"{source.prefix}: {rebuild_source(source)}")
    progress(f"words: {rebuild_vocabulary()}")
    return SearchDocument.objects.count()


@transaction.atomic
def rebuild_source(source: Source) -> int:
    """Make the documents of one kind equal to what its source says; how many there are."""
    rows = SearchDocument.objects.filter(key__startswith=f"{source.prefix}:")
    known = {row.key: row for row in rows}
    wanted = {
        document.key: document
        for row in source.rows().iterator(chunk_size=500)
        for document in source.documents(row)
    }
    _delete([known[key] for key in known.keys() - wanted.keys()])
    new = [wanted[key] for key in wanted.keys() - known.keys()]
    version = next_version()
    SearchDocument.objects.bulk_create(
        [SearchDocument(key=row.key, version=version, **values_of(row)) for row in new],
        batch_size=500,
        ignore_conflicts=True,  # made since by somebody else, who knew as much
    )
    _tell((document.key, SearchOutbox.Action.INDEX, version) for document in new)
    learn_words(" ".join(document.title for document in new))
    changed = [
        key for key in wanted.keys() & known.keys() if differs(known[key], values_of(wanted[key]))
    ]
    for pk in sorted({key.split(":")[1] for key in changed}):
        refresh(source, pk)  # read again behind its lock: it may have changed on the way here
    return len(wanted)
