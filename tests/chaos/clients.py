"""People at their browsers: each writes one thing after the other, again until it is answered.

As the product's own scripts do: a write that got no answer is sent again as it was, with the
same client id or sequence, for as long as it takes.
"""

import itertools
import json
import random
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import Condition

import requests
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

TOKEN = "t" * 32  # one of Django's shape, as cookie and header
CUT_OFF = (requests.RequestException, WebSocketException, OSError, EOFError, TimeoutError)
PAUSE = 0.05  # seconds before the next try: a real client waits longer
TOPICS, REPLIES, QUESTIONS = 3, 6, 3  # of each person; more questions meet the rate limit
KNOWN_QUESTIONS = 4  # that stand there to be voted on
TRIES = 1200
LOST = 0.2  # of the answers never arrive: the line breaks after the server has taken the write
# What the page asks -> the right answer and a wrong one, as a browser's form sends them.
ANSWERS = {
    "Which layer": ({"answer": "0"}, {"answer": "1"}),
    "DNS uses port": ({"answer": "true"}, {"answer": "false"}),
    "Which tool": ({"answer": "dig"}, {"answer": "ping"}),
    "How many usable": ({"answer": "62"}, {"answer": "64"}),
    "Which are private": ({"answer": ["0", "1"]}, {"answer": ["2"]}),
    "Match": (
        {"pair0": "IPv4", "pair1": "IPv6", "pair2": "mail"},
        {"pair0": "mail", "pair1": "IPv4", "pair2": "IPv6"},
    ),
}
# Of each person: topics, replies, a quiz begun, every answer twice, finished, the live session.
WRITES = TOPICS + REPLIES + 1 + 2 * len(ANSWERS) + 1 + QUESTIONS * (1 + KNOWN_QUESTIONS)


class Journal:
    """What the clients were told, and what follows the telling: `after` is called outside locks."""

    def __init__(self, after: Callable[[int], None]):
        self.acknowledged = self.cut_off = 0
        self.after = after
        self.changed = Condition()

    def acknowledge(self) -> None:
        with self.changed:
            self.acknowledged += 1
            number = self.acknowledged
        self.after(number)

    def note_cut_off(self) -> None:
        with self.changed:
            self.cut_off += 1
            self.changed.notify_all()


@dataclass
class Client:
    base: str  # of the server
    person: int
    cookie: str
    number: int
    content: dict
    journal: Journal
    topics: dict[str, str] = field(default_factory=dict)  # cid -> address that answered it
    replies: dict[str, str] = field(default_factory=dict)
    answers: dict[tuple[int, int], bool] = field(default_factory=dict)  # slot, sequence -> right?
    questions: dict[str, int] = field(default_factory=dict)  # cid -> question
    votes: dict[int, int] = field(default_factory=dict)  # question -> value
    attempt: int = 0
    percent: float | None = None
    http: requests.Session = field(default_factory=requests.Session)
    socket: ClientConnection | None = None
    open: ExitStack = field(default_factory=ExitStack)  # what is to be closed with the socket

    def __post_init__(self):
        self.line = random.Random(-self.number)

    def run(self) -> None:
        """All that this person does, rooms mixed, in an order that the seed decides."""
        choose = random.Random(self.number)
        rooms = [self.ask_topics(), self.reply_to(), self.sit_quiz(), self.take_part()]
        self.http.cookies.update({"sessionid": self.cookie, "csrftoken": TOKEN})
        self.http.headers["X-CSRFToken"] = TOKEN
        with self.http:
            while rooms:
                room = choose.choice(rooms)
                if next(room, None) is None:
                    rooms.remove(room)
                else:
                    self.journal.acknowledge()
        self.leave()

    # --- The rooms: each yields once for every write that was acknowledged -----------------

    def ask_topics(self) -> Iterator[str]:
        for number in range(TOPICS):
            cid = str(uuid.uuid4())
            fields = {"title": f"Fault {number} of {self.number}", "body": f"Text {cid}"}
            fields["similar_seen"] = "on"  # what others asked was looked at
            address = f"/forum/pools/{self.content['pool']}/ask/"
            answer = self.post(address, {**fields, "kind": "question", "cid": cid})
            self.topics[cid] = answer.headers["Location"]
            yield cid

    def reply_to(self) -> Iterator[str]:
        for number, topic in zip(range(REPLIES), itertools.cycle(self.content["topics"])):
            cid = str(uuid.uuid4())
            fields = {"body": f"Try {number}: {cid}", "cid": cid}
            answer = self.post(f"/forum/topics/{topic}/reply/", fields)
            self.replies[cid] = answer.headers["Location"]
            yield cid

    def sit_quiz(self) -> Iterator[str]:
        """Every answer wrong first, then most of them right, each kept by itself; then finished."""
        answer = self.post(f"/quizzes/{self.content['quiz']}/start/", {"cid": str(uuid.uuid4())})
        address = answer.headers["Location"]
        self.attempt = int(address.strip("/").rpartition("/")[2])
        yield address
        slots = re.split(r'data-slot="', self.get(address).text)[1:]
        asked = [(int(re.match(r"\d+", text)[0]), self.known(text)) for text in slots]
        asked.sort(key=lambda pair: list(ANSWERS).index(pair[1]))
        last = {}
        for sequence in (1, 2):
            for place, (slot, stem) in enumerate(asked):
                right, wrong = ANSWERS[stem]
                is_right = sequence == 2 and place >= self.wrong
                given = right if is_right else wrong
                last[slot] = fields = {f"s{slot}-{name}": value for name, value in given.items()}
                kept = self.post(f"{address}slots/{slot}/", {**fields, "seq": sequence}, expect=200)
                assert kept.json()["seq"] == sequence
                self.answers[slot, sequence] = is_right
                yield stem
        form = {name: value for fields in last.values() for name, value in fields.items()}
        answer = self.post(f"{address}save/", {**form, "finish": "1"})
        assert answer.headers["Location"] == f"{address}review/"
        yield address
        self.percent = float(
            re.search(r"<strong>([\d.]+) %", self.get(f"{address}review/").text)[1]
        )

    @property
    def wrong(self) -> int:
        """How many questions this person leaves wrong."""
        return self.number % 3

    @staticmethod
    def known(text: str) -> str:
        return next(stem for stem in ANSWERS if stem in text)

    def take_part(self) -> Iterator[str]:
        """Ask, and set a voice for what others asked: on, and for some off again."""
        for number in range(QUESTIONS):
            cid, body = str(uuid.uuid4()), f"Question {number} of {self.number}"
            self.questions[cid] = self.command("q.ask", cid, body=body)["obj"]
            yield cid
            for place, question in enumerate(self.content["questions"]):
                value = (number + place + self.number) % 2
                self.command("vote.set", str(uuid.uuid4()), q=question, value=value)
                self.votes[question] = value
                yield str(question)

    # --- Sending until there is an answer ----------------------------------------------------

    def get(self, path: str) -> requests.Response:
        return self.until_answered(lambda: self.http.get(self.base + path, timeout=30))

    def post(self, path: str, fields: dict, expect: int = 302) -> requests.Response:
        answer = self.write(
            lambda: self.http.post(self.base + path, fields, timeout=30, allow_redirects=False)
        )
        assert answer.status_code == expect, f"{path}: {answer.status_code} {answer.text[:2000]}"
        return answer

    def command(self, kind: str, cid: str, **fields: object) -> dict:
        answer = self.write(lambda: self.say({"t": kind, "cid": cid, **fields}))
        assert answer["t"] == "ack", answer
        return answer

    def say(self, command: dict) -> dict:
        """Send a command on the socket, which stands as long as the server does."""
        if self.socket is None:
            self.socket = self.enter()
        self.socket.send(json.dumps(command))
        while True:
            frame = json.loads(self.socket.recv(timeout=30))
            if frame["t"] in ("ack", "nack") and frame["cid"] == command["cid"]:
                return frame

    def enter(self) -> ClientConnection:
        address = f"{self.base.replace('http', 'ws')}/live/{self.content['session']}/ws"
        headers = {"Cookie": f"sessionid={self.cookie}"}
        socket = self.open.enter_context(
            connect(address, additional_headers=headers, origin="http://localhost")
        )
        socket.send(json.dumps({"t": "hello", "v": 1, "have": None}))
        return socket

    def leave(self) -> None:
        self.socket = None
        self.open.close()

    def write(self, send: Callable):
        """The answer to a write that is sent again, as it was, whenever the answer is lost."""
        answer = self.until_answered(send)
        while self.line.random() < LOST:
            self.leave()
            answer = self.until_answered(send)
        return answer

    def until_answered(self, send: Callable):
        for _try in range(TRIES):
            try:
                return send()
            except InvalidStatus:
                raise  # the server answers, and says no
            except CUT_OFF:
                self.leave()
                self.journal.note_cut_off()
                time.sleep(PAUSE)
        raise TimeoutError("The server stays away.")
