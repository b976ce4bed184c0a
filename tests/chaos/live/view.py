"""What a client knows of the session, by the protocol's rules; and its outbox."""

import hashlib
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from live.fold import apply

TOKEN = re.compile("Q-([0-9a-f]{32})")
OWN = ',"me":'  # the part of a snapshot that differs from client to client


@lru_cache(maxsize=128)
def _parsed(text: str) -> dict[str, Any]:
    return json.loads(text)


@lru_cache(maxsize=128)
def tokens_in(text: str) -> frozenset[str]:
    """The questions whose text stands in a frame."""
    return frozenset(TOKEN.findall(text))


def parts_of(text: str) -> list[str]:
    """A frame as what many clients of this process are sent alike, and the rest."""
    if not text.startswith('{"t":"snapshot"'):
        return [text]
    shared, _, own = text.rpartition(OWN)
    return [f"{shared}}}", own[:-1]]


def read(text: str) -> dict[str, Any]:
    """A frame; what many are sent alike is read once for all clients here, and never changed."""
    shared, *own = parts_of(text)
    return _parsed(shared) | ({"me": json.loads(own[0])} if own else {})


def digest(state: Any) -> str:
    """Of what JSON says: two that agree in it are the same state."""
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()


@dataclass
class View:
    epoch: str | None = None
    seq: int = 0
    mark: str = ""
    seen: dict[str, Any] = field(default_factory=dict)  # as live.fold.snapshot
    keys: dict[str, int] = field(default_factory=dict)  # of questions and polls

    @property
    def have(self) -> dict[str, Any] | None:
        place = {"epoch": self.epoch, "seq": self.seq, "mark": self.mark}
        return place if self.epoch else None

    def take(self, frame: dict[str, Any]) -> bool:
        """Apply a snapshot or events; False when something before them is missing."""
        if frame["t"] == "snapshot":
            if frame["epoch"] == self.epoch and frame["seq"] < self.seq:
                return True
            self.epoch, self.seq = frame["epoch"], frame["seq"]
            own = {question["id"]: question for question in frame["me"]["questions"]}
            all_seen = {question["id"]: question for question in frame["state"]["questions"]} | own
            in_order = sorted(all_seen.values(), key=lambda question: question["no"])
            hands = frame["state"]["hands"] | {"mine": frame["me"]["hand"]}
            self.seen = frame["state"] | {"questions": in_order, "hands": hands}
        elif frame["epoch"] != self.epoch or frame["from"] > self.seq:
            return False
        elif frame["to"] > self.seq:
            self.seq, self.seen = frame["to"], apply(self.seen, frame)
        else:
            return True
        self.mark = frame["mark"]
        self.keys = {question["key"]: question["id"] for question in self.seen["questions"]}
        self.keys |= {poll["key"]: poll["p"] for poll in self.seen["polls"]}
        return True


@dataclass
class Entry:
    """A command from before it is sent until the end of the run."""

    command: dict[str, Any]
    made: float = field(default_factory=time.time)
    state: str = "waiting"  # received, refused, or overtaken by a newer wish
    epoch: str | None = None  # that the client knew when it sent this last
    offered: int = 0  # times it was given back after a restore
    answer: dict[str, Any] = field(default_factory=dict)
    first: dict[str, Any] = field(default_factory=dict)  # the first acknowledgement


class Outbox:
    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.device, self.wishes = uuid.uuid4().hex, 0

    def put(self, command: dict[str, Any]) -> Entry:
        entry = Entry(command)
        if command["t"] in ("vote.set", "poll.answer"):
            self.wishes += 1
            command |= {"device": self.device, "n": self.wishes}
            self._overtake(command)
        self.entries[command["cid"]] = entry
        return entry

    def _overtake(self, newer: dict[str, Any]) -> None:
        """Only the last wish is sent, and offered again."""
        for entry in self.entries.values():
            command = entry.command
            if (command["t"], command.get("key")) == (newer["t"], newer["key"]):
                entry.state = "overtaken"

    def next(self, view: View) -> Entry | None:
        """The oldest that waits; what is offered again waits for what it is about."""
        for entry in self.entries.values():
            if entry.state != "waiting":
                continue
            found = self._found(entry.command, view)
            if found is not None or not entry.offered:
                entry.command |= found or {}
                return entry
        return None

    @staticmethod
    def _found(command: dict[str, Any], view: View) -> dict[str, Any] | None:
        """The numbers of what a command is about, by the keys; None while one is missing."""
        numbers = {}
        for name, key in (("q", "key"), ("p", "key"), ("into", "into_key")):
            if name in command:
                if command[key] not in view.keys:
                    return None
                numbers[name] = view.keys[command[key]]
        return numbers

    def offer_again(self, epoch: str) -> None:
        """What another epoch acknowledged may be lost."""
        for entry in self.entries.values():
            again = not entry.command["t"].startswith(("sess", "hand"))
            if entry.state == "received" and entry.epoch != epoch and again:
                entry.state, entry.offered = "waiting", entry.offered + 1

    def waiting(self, view: View) -> int:
        """How many can be sent now or later; what is about something lost for good cannot."""
        return sum(
            entry.state == "waiting"
            and not (entry.offered and self._found(entry.command, view) is None)
            for entry in self.entries.values()
        )
