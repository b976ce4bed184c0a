"""Minutes as PDF, for the file, and as CSV, for a spreadsheet: the same log, the same bytes."""

import json
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from certification.pdf import printed
from live.fold import outcome
from live.minutes import Entry, Minutes, balance_line, facts, moment, outcome_words, poll_lines
from people.spreadsheet import table_file

TEMPLATE = Path(__file__).parent / "print" / "minutes.typ"
COLUMNS = (
    *("number", "asked", "name", "question", "votes", "outcome", "taken_up", "settled"),
    *("timecode", "answer", "followed_up", "also_asked_as"),
)


def as_pdf(minutes: Minutes) -> bytes:
    """The same bytes for the same log."""
    content = {
        "title": minutes.session.title,
        "summary": minutes.session.summary,
        "facts": facts(minutes),
        "balance": balance_line(minutes.balance),
        "entries": [_entry(entry) for entry in minutes.entries],
        "polls": [
            {"text": poll["text"], "about": _about(poll), "lines": poll_lines(poll)}
            for poll in minutes.polls
        ],
        "words": {
            "balance": _("The balance"),
            "questions": _("Questions"),
            "polls": _("Polls"),
        },
    }
    last = minutes.closed_at or minutes.opened_at or minutes.session.starts
    return printed(TEMPLATE, at=last, minutes=json.dumps(content, default=str))


def _entry(entry: Entry) -> dict:
    question = entry.question
    who = question["name"] or _("name not shown")
    votes = _("%(votes)d votes") % {"votes": question["votes"]}
    return {
        "no": f"#{question['no']}",
        "body": question["body"],
        "about": f"{who}, {moment(entry.asked_at)}; {votes}",
        "also": [f"#{other['no']} {other['body']}" for other in entry.also],
        "outcome": outcome_words(entry),
        "answer": question["answer"],
    }


def _about(poll: dict) -> str:
    return _("%(voters)d answered") % {"voters": poll["voters"]}


def as_csv(minutes: Minutes) -> bytes:
    """One row for each question."""
    return table_file(COLUMNS, map(_row, minutes.entries))


def _row(entry: Entry) -> list[str]:
    question = entry.question
    return [
        str(question["no"]),
        *(_iso(entry.asked_at), question["name"], question["body"], str(question["votes"])),
        *(outcome(question), _iso(entry.taken_up_at), _iso(entry.settled_at)),
        *(entry.timecode, question["answer"], question["topic"]),
        "; ".join(f"#{other['no']}" for other in entry.also),
    ]


def _iso(at) -> str:
    return timezone.localtime(at).isoformat(timespec="seconds") if at else ""
