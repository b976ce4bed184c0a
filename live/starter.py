"""Starter content: sessions that were held, one that is planned, one that is open to try.

starter/live/*.yaml, people by their keys in starter/cast.yaml. Everything goes through the
commands, with the times that the file states.
"""

import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from forums.models import ExpertPool
from live import services
from live.commands import parse
from live.models import Session
from people.audiences import EVERYONE
from people.models import Audience, User
from people.starter import cast, moment

People = dict[str, User]  # by key of the cast
NAMESPACE = uuid.UUID("0d7f3b52-44f0-4a63-8a1c-2c6d0f0f3e10")


def load(folder: Path) -> str:
    """Bring the sessions in that are not there yet; the line says how many there are."""
    people = cast(folder)
    files = sorted((folder / "live").glob("*.yaml")) if (folder / "live").is_dir() else []
    held = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    for content in [*held, *_to_try(people)]:
        if not Session.objects.filter(slug=content["slug"]).exists():
            _bring_in(content, people)
    return f"{Session.objects.count()} live sessions"


@transaction.atomic
def _bring_in(content: dict[str, Any], people: People) -> None:
    """One session, all or nothing: a load that was cut off begins it again."""
    slug = content["slug"]
    starts, ends = moment(content["starts"]), moment(content["ends"])
    host = people[content["host"]]
    session = services.plan_session(
        by=host,
        cid=uuid.uuid5(NAMESPACE, slug),
        tell=False,
        at=min(starts - timedelta(days=3), timezone.now()),
        title=content["title"],
        slug=slug,
        summary=content.get("summary", ""),
        pool=ExpertPool.objects.get(code=content["pool"]),
        host=host,
        moderators=[people[key] for key in content.get("moderators") or []],
        audience=Audience.objects.of(EVERYONE),
        starts=starts,
        ends=ends,
        moderated=content.get("moderated", False),
        names=content.get("names", Session.Names.ANONYMOUS),
    )
    _Replay(session, people, content.get("questions") or []).run(content["state"])


class _Replay:
    """The commands of a session that was held, in the order of their times."""

    def __init__(self, session: Session, people: People, questions: list[dict[str, Any]]):
        self.session, self.people, self.questions = session, people, questions
        self.ids: dict[str, int | None] = {}

    def run(self, state: str) -> None:
        before = [q for q in self.questions if moment(q["at"]) < self.session.starts]
        during = [q for q in self.questions if q not in before]
        self._ask(before)
        if state == Session.State.SCHEDULED:
            return
        self._do(self.session.host, "sess.open", "open", self.session.starts)
        self._ask(during)
        self._settle()
        if state == Session.State.CLOSED:
            self._do(self.session.host, "sess.close", "close", self.session.ends)

    def _ask(self, questions: list[dict[str, Any]]) -> None:
        for question in sorted(questions, key=lambda each: moment(each["at"])):
            key, at = question["key"], moment(question["at"])
            asker = self.people[question["by"]]
            fields = {"body": question["body"], "name_mode": question.get("name_mode", "named")}
            self.ids[key] = self._do(asker, "q.ask", f"{key}/ask", at, **fields)
            if self.session.moderated:
                self._do(self.session.host, "mod.approve", f"{key}/approve", at, q=self.ids[key])
            for voter in question.get("votes") or []:
                if voter != question["by"]:
                    vote = {"q": self.ids[key], "value": 1}
                    self._do(self.people[voter], "vote.set", f"{key}/{voter}", at, **vote)
        if questions:
            services.tally(self.session.pk, at=max(moment(q["at"]) for q in questions))

    def _settle(self) -> None:
        merged_first = sorted(self.questions, key=lambda each: each.get("outcome") != "merged")
        for question in merged_first:
            step = self._outcome(question)
            if step:
                kind, person, fields = step
                at = self._settled_at(question)
                key = f"{question['key']}/outcome"
                self._do(person, kind, key, at, q=self.ids[question["key"]], **fields)

    def _outcome(self, question: dict[str, Any]) -> tuple[str, Any, dict[str, Any]] | None:
        host = self.session.host
        outcome = question.get("outcome")
        if outcome == "live":
            code = _seconds(question.get("timecode"))
            fields = {"how": "live", "answer": question.get("answer") or ""}
            return "mod.answered", host, {**fields, **({"timecode": code} if code else {})}
        if outcome == "written":
            return "q.answer", host, {"body": question["answer"]}
        if outcome == "dismissed":
            return "mod.dismiss", host, {"reason": question["reason"]}
        if outcome == "merged":
            return "mod.merge", host, {"into": self.ids[question["into"]]}
        if outcome == "withdrawn":
            return "q.withdraw", self.people[question["by"]], {}
        return None  # owed: the close takes it up

    def _settled_at(self, question: dict[str, Any]) -> datetime:
        code = _seconds(question.get("timecode"))
        if code is not None:
            return self.session.starts + timedelta(seconds=code)
        return max(moment(question["at"]), self.session.starts) + timedelta(minutes=5)

    def _do(self, person: Any, kind: str, key: str, at: datetime, **fields: Any) -> int | None:
        cid = str(uuid.uuid5(NAMESPACE, f"{self.session.slug}/{key}"))
        command = parse({"t": kind, "cid": cid, **fields})
        return services.perform(person, self.session.pk, command, at=at, limited=False).obj


def _seconds(value: Any) -> int | None:
    """A time code as seconds, from 754, "12:34" or "0:12:34"."""
    if value is None or isinstance(value, int):
        return value
    seconds = 0
    for part in str(value).split(":"):
        seconds = seconds * 60 + int(part)
    return seconds


def _to_try(people: People) -> list[dict[str, Any]]:
    """A session of the coming week, and one that is open, so that a newcomer can try."""
    host = next((key for key in ("host", "expert_net") if key in people), None)
    if host is None or not ExpertPool.objects.filter(code="NET").exists():
        return []
    now = timezone.localtime().replace(minute=0, second=0, microsecond=0)
    soon = (now + timedelta(days=5)).replace(hour=14)
    common = {"pool": "NET", "host": host}
    asked: dict[str, Any] = {
        "key": "first",
        "by": "professional",
        "at": now - timedelta(minutes=30),
    }
    body = _("How many access points does an office of forty people need?")
    questions = [{**asked, "body": body, "votes": ["operator", "head"]}]
    questions = [q for q in questions if q["by"] in people]
    for question in questions:
        question["votes"] = [key for key in question["votes"] if key in people]
    return [
        {
            **common,
            "slug": "open-hour-networking",
            "title": _("Open hour: networking"),
            "summary": _("Always open in the demonstration. Ask, vote, and see it arrive."),
            "state": "open",
            "starts": now - timedelta(hours=1),
            "ends": now + timedelta(days=30),
            "questions": questions,
        },
        {
            **common,
            "slug": "next-week-network-refresh",
            "title": _("Planning a network refresh in a dzongkhag office"),
            "summary": _("What to measure first, what to buy last. Ask before the session."),
            "state": "scheduled",
            "starts": soon,
            "ends": soon + timedelta(hours=1),
        },
    ]
