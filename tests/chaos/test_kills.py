"""Web and worker are killed again and again under load: what was acknowledged is there, once."""

import random
import sqlite3
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from threading import Lock

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from assessments.marking import mark
from assessments.models import Attempt, Response
from assessments.services import save_response, start_attempt
from certification.models import Credential, Scheme
from competencies.models import Evidence
from courses.models import Completion
from courses.services import enrol, finish_unit
from forums.models import Post, Topic, Watch
from live.log import state_of
from live.models import Event, Question, Session, Vote
from live.services import tally
from notifications.models import Notice
from search.models import SearchDocument, SearchOutbox
from tests.chaos.clients import ANSWERS, KNOWN_QUESTIONS, REPLIES, TOPICS, WRITES, Client, Journal
from tests.factories.assessments import RIGHT, quiz_with_bank
from tests.factories.courses import CompetencyFactory, course
from tests.factories.forums import pool, serving, topic
from tests.factories.live import ask, make_session
from tests.factories.people import professional
from tests.live.server import Server, cookie_of
from tests.search.hostile import ALIAS, HostileServer, bulk

pytestmark = pytest.mark.chaos
SEED = 20261124
PEOPLE = 12  # writing at the same time
LATE = 60  # whose time was over while nothing ran: the worker closes their attempts
WEB_KILLS = WORKER_KILLS = 15
PATIENCE = 12_000  # looks at a worker that should get further
CLOSED = "SELECT count(*) FROM assessments_attempt WHERE finished_by_clock"
WAITING = """
SELECT (SELECT count(*) FROM search_searchoutbox)
     + (SELECT count(*) FROM django_tasks_database_dbtaskresult WHERE status = 'READY')
     + (SELECT count(*) FROM assessments_attempt
        WHERE state = 'in_progress' AND deadline < datetime('now'))
"""


class Killer:
    """Kills by the number of acknowledged writes, each time in the midst of them.

    The one whose write it was kills; the others have theirs on the way. A web process stays
    away until somebody has met that. A worker is killed once it got some steps further: an
    attempt closed, a bulk sent. It is started again at its next turn, so that it has work then.
    """

    def __init__(self, server: Server, engine: HostileServer, writes: int):
        choose = random.Random(SEED)
        names = ["web"] * WEB_KILLS + ["worker"] * WORKER_KILLS
        choose.shuffle(names)
        moments = sorted(choose.sample(range(PEOPLE, writes * 9 // 10), len(names)))
        self.due = dict(zip(moments, names, strict=True))
        self.steps = [choose.randint(1, 3) for _ in range(WORKER_KILLS)]
        self.server, self.engine = server, engine
        self.killed: Counter[str] = Counter()
        self.journal = Journal(self.after)
        self.one_at_a_time = Lock()

    def after(self, number: int) -> None:
        if name := self.due.get(number):
            with self.one_at_a_time:
                getattr(self, f"kill_{name}")()
                self.killed[name] += 1

    def kill_web(self) -> None:
        before = self.journal.cut_off
        self.server.kill()
        with self.journal.changed:
            assert self.journal.changed.wait_for(lambda: self.journal.cut_off > before, 60)
        self.server.start()

    def kill_worker(self) -> None:
        wanted = self.done() + self.steps[self.killed["worker"]]
        self.server.start_worker()
        self.wait_until(lambda: self.done() >= wanted)
        self.server.kill_worker()

    def let_a_worker_finish(self) -> None:
        self.server.start_worker()
        self.wait_until(lambda: not self.ask(WAITING))

    def done(self) -> int:
        return self.ask(CLOSED) + sum("/_bulk" in request.path for request in self.engine.seen)

    def ask(self, query: str) -> int:
        with closing(sqlite3.connect(self.server.database)) as database:
            return database.execute(query).fetchone()[0]

    @staticmethod
    def wait_until(true: Callable[[], bool]) -> None:
        for _ in range(PATIENCE):
            if true():
                return
            time.sleep(0.005)
        raise TimeoutError("The worker does not work.")


# --- The load ----------------------------------------------------------------------------


def make_content() -> dict:
    """What the people find, and a cookie for each of them; in the test's own database."""
    net = pool()
    session = make_session(pool=net)  # by an expert of the pool
    serving(net, "lead")
    quiz = quiz_with_bank()
    learnt = course(units=1, quiz=quiz, competencies=[CompetencyFactory()])
    Scheme.objects.create(
        code="basics", title="Basics", description="Can.", rule={"course": learnt.slug}
    )
    people = [professional() for _ in range(PEOPLE)]
    late = [professional() for _ in range(LATE)]
    for person in [*people, *late]:
        enrolment = enrol(learnt, person=person)
        finish_unit(enrolment, unit=enrolment.version.units.get())
    with time_machine.travel(timezone.now() - timedelta(hours=3)):
        for person in late:
            attempt = start_attempt(quiz, person=person, cid=uuid.uuid4())
            for slot in attempt.slots.select_related("question_version__question"):
                answer = RIGHT[slot.question_version.question.ident]
                save_response(slot, answer=answer, client_seq=1)
    return {
        "pool": net.pk,
        "topics": [topic(net, title=f"Known fault {number}").pk for number in range(3)],
        "quiz": quiz.slug,
        "session": session.pk,
        "questions": [ask(session) for _ in range(KNOWN_QUESTIONS)],
        "people": {person.pk: cookie_of(person) for person in people},
        "late": [person.pk for person in late],
    }


@pytest.fixture
def engine():
    """A search server that takes everything."""
    taking = [ALIAS, ("/_bulk", bulk(lambda verb, key: 200))]
    with HostileServer(taking) as engine:
        yield engine


@pytest.fixture
def server(transactional_db, engine, tmp_path):
    server = Server(tmp_path)
    server.environment["ELASTICSEARCH_URL"] = engine.url
    yield server
    server.stop()


def test_nothing_acknowledged_is_missing_and_nothing_is_doubled(server, engine):
    content = make_content()
    server.take_database()
    killer = Killer(server, engine, PEOPLE * WRITES)
    clients = [
        Client(server.base, person, cookie, number, content, killer.journal)
        for number, (person, cookie) in enumerate(content["people"].items())
    ]
    server.start()
    with ThreadPoolExecutor(PEOPLE) as threads:
        for running in [threads.submit(client.run) for client in clients]:
            running.result()
    assert killer.journal.acknowledged == PEOPLE * WRITES
    assert killer.killed == {"web": WEB_KILLS, "worker": WORKER_KILLS}
    assert killer.journal.cut_off >= WEB_KILLS
    killer.let_a_worker_finish()
    server.stop()
    server.bring_database_back()
    check_database()
    check_search(engine)
    check_topics_and_replies(clients, content)
    check_notices()
    check_attempts(clients)
    check_completions(clients, content)
    check_live(clients, content)


# --- What must be true afterwards ---------------------------------------------------------


def check_database() -> None:
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert cursor.execute("PRAGMA foreign_key_check").fetchall() == []
        cursor.execute("INSERT INTO search_fts(search_fts, rank) VALUES ('integrity-check', 1)")


def check_search(engine: HostileServer) -> None:
    """Every document as its topic says now, and in the version that the search server has."""
    call_command("search_check")
    assert not SearchOutbox.objects.exists()
    sent: dict[str, int] = {}
    for request in engine.seen:
        if "/_bulk" in request.path:
            for _verb, head in request.operations():
                sent[head["_id"]] = max(head["version"], sent.get(head["_id"], 0))
    topics = SearchDocument.objects.filter(kind="topic")
    assert sent == dict(topics.values_list("key", "version"))


def check_topics_and_replies(clients: list[Client], content: dict) -> None:
    topics = Topic.objects.exclude(pk__in=content["topics"])
    told = {(client.person, cid): url for client in clients for cid, url in client.topics.items()}
    assert {(row.asker_id, str(row.cid)): row.get_absolute_url() for row in topics} == told
    assert len(topics) == len(told) == PEOPLE * TOPICS
    replies = Post.objects.filter(number__gt=1)
    told = {(client.person, cid): url for client in clients for cid, url in client.replies.items()}
    assert {(row.author_id, str(row.cid)): row.get_absolute_url() for row in replies} == told
    assert len(replies) == len(told) == PEOPLE * REPLIES
    for row in Topic.objects.all():
        numbers = list(row.posts.order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))


def check_notices() -> None:
    """Experts of each topic, watchers of each reply: once, and nobody else."""
    expected: Counter[tuple[str, int]] = Counter()
    watching: set[tuple[int, int]] = set()
    for row in Topic.objects.all():
        serving = row.pool.memberships.serving().exclude(person=row.asker)
        expected.update((f"topic:{row.pk}:asked", each.person_id) for each in serving)
        earlier: set[int] = set()
        for post in row.posts.order_by("number"):
            if post.number > 1:
                others = earlier - {post.author_id}
                expected.update((f"post:{post.pk}", person) for person in others)
            earlier.add(post.author_id)
        watching |= {(row.pk, person) for person in earlier}
    assert Counter(Notice.objects.values_list("event", "person")) == expected
    assert Counter(Watch.objects.values_list("topic", "person")) == Counter(watching)


def check_attempts(clients: list[Client]) -> None:
    for client in clients:
        attempt = Attempt.objects.get(person=client.person)
        assert (attempt.pk, attempt.state) == (client.attempt, "finished")
        right = (len(ANSWERS) - client.wrong) / len(ANSWERS) * 100
        assert float(attempt.score_percent) == pytest.approx(right, abs=0.01)
        assert client.percent == pytest.approx(right, abs=0.1)
        rows = Response.objects.filter(slot__attempt=attempt)
        kept = [(row.slot_id, row.client_seq) for row in rows]
        assert Counter(kept) == Counter(client.answers.keys())
        for row in rows.select_related("slot__question_version"):
            version = row.slot.question_version
            wanted = client.answers[row.slot_id, row.client_seq]
            assert mark(version.type, version.content, row.answer) == int(wanted)
    late = Attempt.objects.exclude(person__in=[client.person for client in clients])
    assert Counter(late.values_list("finished_by_clock", "score_percent")) == {(True, 100): LATE}


def check_completions(clients: list[Client], content: dict) -> None:
    """One completion, one evidence, one certificate to each who passed."""
    passed = [client.person for client in clients if client.wrong < 2]  # 83 % and more
    expected = Counter([*passed, *content["late"]])
    assert Counter(Completion.objects.values_list("person", flat=True)) == expected
    assert Counter(Evidence.objects.values_list("person", flat=True)) == expected
    assert Counter(Credential.objects.values_list("holder", flat=True)) == expected


def check_live(clients: list[Client], content: dict) -> None:
    events = Event.objects.filter(session=content["session"]).order_by("seq")
    sequence = [event.seq for event in events]
    session = Session.objects.get(pk=content["session"])
    assert sequence == list(range(1, session.head + 1))
    mine = events.filter(kind="q.asked", actor__in=[client.person for client in clients])
    asked = [(event.actor_id, str(event.cid), event.payload["q"]) for event in mine]
    told = [(client.person, *pair) for client in clients for pair in client.questions.items()]
    assert Counter(asked) == Counter(told)
    assert Question.objects.count() == len(told) + len(content["questions"])
    votes = Counter(Vote.objects.values_list("voter", "question", "value"))
    assert votes == Counter((c.person, *pair) for c in clients for pair in c.votes.items())
    tally(session.pk)
    counted = state_of(session).questions
    for question in content["questions"]:
        given = sum(client.votes[question] for client in clients)
        assert counted[question]["votes"] == given
