"""The minutes of a session, from its log alone: the same bytes whenever they are asked for."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from live.fold import OUTCOMES, Json, Line, State, Viewer, balance, may_see, view
from live.models import Session

AUDIENCE = Viewer()


@dataclass(frozen=True)
class Entry:
    """One question as the minutes state it."""

    question: Json
    asked_at: datetime
    taken_up_at: datetime | None
    settled_at: datetime | None
    also: list[Json]  # what was merged into it

    @property
    def timecode(self) -> str:
        return as_timecode(self.question["timecode"])


@dataclass(frozen=True)
class Minutes:
    session: Session
    opened_at: datetime | None
    closed_at: datetime | None
    balance: dict[str, int]
    entries: list[Entry]


def as_timecode(seconds: int | None) -> str:
    """Seconds as h:mm:ss, the way players show them."""
    if seconds is None:
        return ""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def minutes_of(session: Session, state: State, lines: list[Line]) -> Minutes:
    """What everybody in the session may read; of dismissed questions only their number."""
    taken_up: dict[int, datetime] = {}
    settled: dict[int, datetime] = {}
    moments: dict[str, datetime] = {}
    for line in lines:
        at = datetime.fromisoformat(line.at)
        if line.kind == "q.pinned":
            taken_up.setdefault(line.payload["q"], at)
        elif line.kind == "q.answered":
            settled[line.payload["q"]] = at
        elif line.kind == "sess.opened":
            moments.setdefault("opened", at)
        elif line.kind == "sess.closed":
            moments["closed"] = at
    seen = {
        number: view(question, AUDIENCE)
        for number, question in state.questions.items()
        if may_see(question, AUDIENCE)
    }
    entries = [
        Entry(
            question=question,
            asked_at=datetime.fromisoformat(question["at"]),
            taken_up_at=taken_up.get(number),
            settled_at=settled.get(number),
            also=[other for other in seen.values() if other["into"] == number],
        )
        for number, question in seen.items()
        if question["state"] != "merged"
    ]
    return Minutes(session, moments.get("opened"), moments.get("closed"), balance(state), entries)


def as_markdown(minutes: Minutes) -> str:
    """The minutes as a Markdown file that any editor and any forum can take in."""
    session = minutes.session
    parts = [
        f"# {_escape(session.title)}",
        "\n".join(_facts(minutes)),
        f"## {_('The balance')}",
        _balance_line(minutes.balance),
        f"## {_('Questions')}",
        *[_entry(entry) for entry in minutes.entries],
    ]
    if session.summary:
        parts.insert(2, _escape(session.summary))
    return "\n\n".join(parts) + "\n"


def _facts(minutes: Minutes) -> list[str]:
    session = minutes.session
    facts = [
        (_("Pool"), session.pool.title),
        (_("Host"), session.host.name),
        (_("Opened"), _moment(minutes.opened_at)),
        (_("Closed"), _moment(minutes.closed_at)),
    ]
    return [f"- {label}: {_escape(value)}" for label, value in facts if value]


def _balance_line(counts: dict[str, int]) -> str:
    parts = " + ".join(f"{counts[name]} {name}" for name in OUTCOMES)
    return f"{counts['asked']} asked = {parts}"


def _entry(entry: Entry) -> str:
    question = entry.question
    who = question["name"] or _("name not shown")
    lines = [
        f"### #{question['no']} {_escape(question['body'])}",
        f"{_escape(who)}, {_moment(entry.asked_at)}; "
        + _("%(votes)d votes") % {"votes": question["votes"]},
    ]
    lines += [
        _("Also asked as #%(no)d: ") % {"no": other["no"]} + _escape(other["body"])
        for other in entry.also
    ]
    lines.append(f"**{_outcome(entry)}**")
    if question["answer"]:
        lines.append(_escape(question["answer"]))
    return "\n\n".join(lines)


def _outcome(entry: Entry) -> str:
    question = entry.question
    if question["state"] != "answered":
        return str(_("Open"))
    if question["how"] == "live":
        at = f" ({entry.timecode})" if entry.timecode else ""
        return _("Answered live") + at
    if question["how"] == "owed":
        return _("Answer owed") + f": {question['topic']}"
    return str(_("Answered in writing"))


def _moment(at: datetime | None) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""


def _escape(text: Any) -> str:
    """Text of people as text: Markdown's own signs and line starts lose their meaning."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", str(text))
    return re.sub(r"(?m)^([-+=]|\d+[.)])", r"\\\1", escaped)
