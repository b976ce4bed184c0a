"""Brings an older forum or mailing list in, and gives topics back in the same form.

Each line is a topic, taken whole or not at all; safe to repeat and to stop. Authors who are in
the registry (by employee id or mail address) become the authors; of others the name is kept,
and no person is made. Nobody is told, nobody watches, and nothing is written in the ledger of
evidence: nobody who answers for it here judged what was accepted elsewhere. An expert who
stands by such an answer takes the mark away and accepts it.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, BinaryIO
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from forums import rules
from forums.jsonl import RefusedError, ReplyLine, TopicLine, lines_of, read, shown_name
from forums.models import ExpertPool, ImportedTopic, Post, Topic, TopicImport
from people.markup import render_markdown
from people.models import User

TAKEN, UNCHANGED, REFUSED = "taken", "unchanged", "refused"
MOST_LINES_OF_A_PAGE = 500  # larger files are for the command


@dataclass(frozen=True)
class Row:
    """What became of one line."""

    line: int
    cid: str
    outcome: str
    reason: str = ""
    message: str = ""


@dataclass
class Seen:
    """What earlier lines of the file brought."""

    posts: dict[UUID, int] = field(default_factory=dict)
    people: dict[str, User | None] = field(default_factory=dict)


def bring_in(
    file: BinaryIO, pool: ExpertPool, *, dry_run: bool = False, note: Callable[[Row], None]
) -> Counter:
    """Take the topics of `file` into `pool`; `note` hears of each line, the counts come back."""
    counts = Counter({TAKEN: 0, UNCHANGED: 0, REFUSED: 0})
    seen = Seen()
    for number, raw in lines_of(file):
        row = _one(raw, number, pool, seen, dry_run)
        counts[row.outcome] += 1
        note(row)
    return counts


def _one(raw: bytes, number: int, pool: ExpertPool, seen: Seen, dry_run: bool) -> Row:
    try:
        line = read(raw, now=timezone.now())
        _not_doubled(line, number, seen)
        with transaction.atomic():
            # Two who bring the same file in come one after the other.
            ExpertPool.objects.select_for_update(of=("self",)).get(pk=pool.pk)
            outcome = UNCHANGED if _known(line, pool, seen) else TAKEN
            if outcome == TAKEN and not dry_run:
                _write(line, pool, seen)
    except RefusedError as error:
        return Row(number, error.cid, REFUSED, error.reason, error.message)
    message = ""
    if line.ignored:
        message = _("Left out, as nothing here means it: %(f)s.") % {"f": ", ".join(line.ignored)}
    return Row(number, line.name, outcome, "", message)


def _not_doubled(line: TopicLine, number: int, seen: Seen) -> None:
    for cid in [line.cid, *(reply.cid for reply in line.replies)]:
        first = seen.posts.get(cid)
        if first:
            message = _("Line %(n)d of this file has this “cid” already.") % {"n": first}
            raise RefusedError("doubled_cid", message, line.name)
    seen.posts |= dict.fromkeys([line.cid, *(reply.cid for reply in line.replies)], number)


def _known(line: TopicLine, pool: ExpertPool, seen: Seen) -> bool:
    """Whether the line is here already: as it was brought in, or as it stands now."""
    topic = Topic.objects.filter(cid=line.cid).select_related("imported").first()
    if topic is None:
        cids = [line.cid, *(reply.cid for reply in line.replies)]
        if Post.objects.filter(cid__in=cids).exists():
            message = _("A post with one of these “cid” is here already, in another topic.")
            raise RefusedError("cid_in_use", message, line.name)
        return False
    if topic.pool_id != pool.pk and not topic.acts.filter(kind="move").exists():
        raise RefusedError("cid_in_use", _("This “cid” is in another pool already."), line.name)
    imported = getattr(topic, "imported", None)
    if imported and _same(line, _again(imported.line), seen):
        return True
    now = export_line(topic)
    if now is not None and _same(line, _again(now), seen):
        return True
    message = _("This “cid” was brought in before with other content. Nothing was changed.")
    raise RefusedError("cid_reused", message, line.name)


def _again(entry: dict[str, Any]) -> TopicLine:
    return read(json.dumps(entry).encode(), now=timezone.now())


def _same(one: TopicLine, other: TopicLine, seen: Seen) -> bool:
    """Whether two lines say the same, also where they name a person in two ways."""
    return _with_people(one, seen) == _with_people(other, seen)


def _with_people(line: TopicLine, seen: Seen) -> tuple:
    replies = [
        (reply.cid, reply.body, _author(reply.author, seen), reply.created, reply.accepted)
        for reply in line.replies
    ]
    head = (line.cid, line.kind, line.title, line.body, line.created, line.tags)
    return (*head, _author(line.author, seen), replies)


def _author(name: str, seen: Seen) -> tuple[User | None, str]:
    """The person that a file names by employee id or mail address, or the name to show."""
    if name not in seen.people:
        word = name.partition("<")[2].partition(">")[0].strip() or name
        known = Q(employee_id__iexact=word)
        if "@" in word:
            known |= Q(email__iexact=word)
        seen.people[name] = User.objects.filter(known).first()
    person = seen.people[name]
    return person, "" if person else shown_name(name)


def _write(line: TopicLine, pool: ExpertPool, seen: Seen) -> None:
    asker, name = _author(line.author, seen)
    last = max([line.created, *(reply.created for reply in line.replies)])
    topic = Topic.objects.create(
        pool=pool,
        audience=pool.audience,
        kind=line.kind,
        title=line.title,
        asker=asker,
        asker_name=name,
        cid=line.cid,
        created=line.created,
        updated=last,
    )
    topic.tags.set(line.tags)
    question = ReplyLine(line.cid, line.body, line.author, line.created, accepted=False)
    Post.objects.bulk_create(
        [
            _post(topic, number, reply, seen)
            for number, reply in enumerate([question, *line.replies], start=1)
        ],
        batch_size=200,
    )
    ImportedTopic.objects.create(topic=topic, cid=line.name, line=line.source)
    topic.save(update_fields=["updated"])  # search hears of it with all its posts


def _post(topic: Topic, number: int, line: ReplyLine, seen: Seen) -> Post:
    author, name = _author(line.author, seen)
    return Post(
        topic=topic,
        number=number,
        author=author,
        author_name=name,
        imported=True,
        body=line.body,
        html=render_markdown(line.body),
        cid=line.cid,
        created=line.created,
        accepted_at=line.created if line.accepted else None,
    )


# --- By a page: the report first, then the confirmation -----------------------------------------


class TooManyLinesError(Exception):
    """The file is for the command."""


@transaction.atomic
def propose(pool: ExpertPool, *, data: bytes, name: str, by: User) -> TopicImport:
    """Judge a file and keep it with its report; nothing of it is taken in yet."""
    need_importer(by, pool)
    if data.count(b"\n") > MOST_LINES_OF_A_PAGE:
        raise TooManyLinesError
    report = _report(data, pool, dry_run=True)
    return TopicImport.objects.create(pool=pool, by=by, name=name[:200], data=data, report=report)


@transaction.atomic
def confirm(proposal: TopicImport, *, by: User) -> TopicImport:
    """Take in what the report said; safe to repeat."""
    proposal = TopicImport.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    need_importer(by, proposal.pool)
    if proposal.done_at is None:
        proposal.report = _report(bytes(proposal.data), proposal.pool, dry_run=False)
        proposal.data, proposal.done_at = b"", timezone.now()
        proposal.save(update_fields=["report", "data", "done_at"])
    return proposal


def need_importer(by: User, pool: ExpertPool) -> None:
    """PermissionDenied says who may, where `by` may not."""
    if not rules.may_import(by, pool):
        raise PermissionDenied(
            _("Only the lead of the pool or an administrator can bring a forum in.")
        )


def _report(data: bytes, pool: ExpertPool, *, dry_run: bool) -> dict[str, Any]:
    rows: list[Row] = []
    counts = bring_in(BytesIO(data), pool, dry_run=dry_run, note=rows.append)
    return {"rows": [asdict(row) for row in rows], "counts": dict(counts)}


# --- Out again ----------------------------------------------------------------------------------


def exported(pool: ExpertPool) -> Iterator[dict[str, Any]]:
    """The topics of `pool`, the oldest first, as lines that `bring_in` takes.

    A topic that fewer people may read than the pool is left out: a file keeps no audience. So is
    what moderation has hidden.
    """
    rows = Topic.objects.filter(
        pool=pool, audience=pool.audience_id, merged_into=None, hidden_at=None
    )
    rows = rows.select_related("imported", "asker").order_by("created", "pk")
    for topic in rows.iterator(chunk_size=200):
        line = export_line(topic)
        if line is not None:
            yield line


def left_out(pool: ExpertPool) -> int:
    """How many topics of `pool` an export leaves out."""
    rows = Topic.objects.filter(pool=pool, merged_into=None)
    return rows.exclude(audience=pool.audience_id, hidden_at=None).count()


def export_line(topic: Topic) -> dict[str, Any] | None:
    """`topic` as a line: the one that it came with, where that still says the same."""
    now = line_now(topic)
    if now is None:
        return None
    imported = getattr(topic, "imported", None)
    if imported is None:
        return now
    return imported.line if _same(_again(imported.line), _again(now), Seen()) else now


def line_now(topic: Topic) -> dict[str, Any] | None:
    """`topic` as it stands; None where its question was moved away or is hidden."""
    posts = topic.posts.filter(hidden_at=None).select_related("author").order_by("number")
    question, replies = posts.filter(number=1).first(), list(posts.filter(number__gt=1))
    if question is None:
        return None
    imported = getattr(topic, "imported", None)
    line: dict[str, Any] = {
        "cid": imported.cid if imported else str(topic.cid),
        "title": topic.title,
        "body": question.body,
        "author": _named(topic.asker, topic.asker_name),
        "created": _written(topic.created),
        "tags": sorted(topic.tags.names()),
        "replies": [_reply_line(post) for post in replies],
    }
    if topic.kind != Topic.Kind.QUESTION:
        line["kind"] = topic.kind
    return line


def _reply_line(post: Post) -> dict[str, Any]:
    return {
        "cid": str(post.cid),
        "body": post.body,
        "author": _named(post.author, post.author_name),
        "created": _written(post.created),
        "accepted": post.accepted_at is not None,
    }


def _named(person: User | None, name: str) -> str:
    return person.employee_id if person else name


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
