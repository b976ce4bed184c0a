"""The minutes of a session, from its log alone: the same bytes whenever they are asked for."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from live.fold import OUTCOMES, Json, Line, State, Viewer, balance, may_see, view
from live.fold_parts import polls_for
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
    polls: list[Json]


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
    times = (moments.get("opened"), moments.get("closed"))
    polls = polls_for(state.polls, is_host=False)
    return Minutes(session, *times, balance(state), entries, polls)


def as_markdown(minutes: Minutes) -> str:
    """The minutes as a Markdown file that any editor and any forum can take in."""
    session = minutes.session
    parts = [
        f"# {_escape(session.title)}",
        "\n".join(f"- {label}: {_escape(value)}" for label, value in facts(minutes)),
        f"## {_('The balance')}",
        balance_line(minutes.balance),
        f"## {_('Questions')}",
        *[_entry(entry) for entry in minutes.entries],
    ]
    if minutes.polls:
        parts += [f"## {_('Polls')}", *[_poll(poll) for poll in minutes.polls]]
    if session.summary:
        parts.insert(2, _escape(session.summary))
    return "\n\n".join(parts) + "\n"


def facts(minutes: Minutes) -> list[tuple[str, str]]:
    session = minutes.session
    found = [
        (_("Pool"), session.pool.title),
        (_("Host"), session.host.name),
        (_("Opened"), moment(minutes.opened_at)),
        (_("Closed"), moment(minutes.closed_at)),
    ]
    return [(label, value) for label, value in found if value]


def balance_line(counts: dict[str, int]) -> str:
    parts = " + ".join(f"{counts[name]} {name}" for name in OUTCOMES)
    return f"{counts['asked']} asked = {parts}"


def _poll(poll: Json) -> str:
    answered = _("%(voters)d answered") % {"voters": poll["voters"]}
    rows = "\n".join(f"- {_escape(line)}" for line in poll_lines(poll))
    return f"### {_escape(poll['text'])}\n\n{answered}\n\n{rows}"


def poll_lines(poll: Json) -> list[str]:
    """Each answer with its count, where a host showed the counts to everybody."""
    if poll["counts"] is None:
        return poll["options"]
    pairs = zip(poll["options"], poll["counts"], strict=True)
    return [f"{option}: {count}" for option, count in pairs]


def _entry(entry: Entry) -> str:
    question = entry.question
    who = question["name"] or _("name not shown")
    lines = [
        f"### #{question['no']} {_escape(question['body'])}",
        f"{_escape(who)}, {moment(entry.asked_at)}; "
        + _("%(votes)d votes") % {"votes": question["votes"]},
    ]
    lines += [
        _("Also asked as #%(no)d: ") % {"no": other["no"]} + _escape(other["body"])
        for other in entry.also
    ]
    lines.append(f"**{outcome_words(entry)}**")
    if question["answer"]:
        lines.append(_escape(question["answer"]))
    return "\n\n".join(lines)


def outcome_words(entry: Entry) -> str:
    question = entry.question
    if question["state"] != "answered":
        return str(_("Open"))
    if question["how"] == "live":
        at = f" ({entry.timecode})" if entry.timecode else ""
        return _("Answered live") + at
    if question["how"] == "owed":
        return _("Answer owed") + f": {question['topic']}"
    return str(_("Answered in writing"))


def moment(at: datetime | None) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""


def _escape(text: Any) -> str:
    """Text of people as text: Markdown's own signs and line starts lose their meaning."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", str(text))
    return re.sub(r"(?m)^([-+=]|\d+[.)])", r"\\\1", escaped)
