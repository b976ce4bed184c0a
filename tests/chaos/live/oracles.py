"""What must be true after a run, from the database, the clients' journals and their snapshots.

Each oracle gives what it looked at and its counterexamples. Django is set up over the run's own
database when this is imported.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any
from uuid import UUID

from live.fold import OUTCOMES, Line, State, Viewer, advance, apply, balance, frame, snapshot
from live.models import Event, Question, Session, Vote
from live.polling import counted
from live.protocol import key_of
from tests.chaos.live.view import digest

SLOW, SLOW_WITHOUT_REDIS = 1.0, 3.0  # seconds from asked to seen, p95
CURRENT_WITHIN = 5.0  # seconds after quiet
CHECKED_STATES = 40  # places of the log from which it is played again


@dataclass
class Verdict:
    """`wrong` holds counterexamples; none means that the oracle holds."""

    says: str
    checked: int = 0
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class Evidence:
    session: Session
    clients: list[dict[str, Any]]
    pages: list[dict[str, Any]]
    first: dict[str, list[Any]]
    delays: list[list[Any]]
    snapshots: list[list[Any]]
    gone: list[dict[str, Any]]  # logs that a restore took away
    without_redis: list[tuple[float, float]]
    converged: float | None  # seconds after the last write was acknowledged
    timed: bool  # whether seconds are judged: not on a computer that does other things

    def __post_init__(self) -> None:
        rows = Event.objects.filter(session=self.session).order_by("seq")
        self.log = list(rows.values_list("seq", "kind", "payload", "at", "actor_id", "cid"))
        self.lines = [Line(seq, kind, body, at.isoformat()) for seq, kind, body, at, *_ in self.log]
        self.state = advance(State(), self.lines)
        self.commands = Counter((row[4], str(row[5])) for row in self.log if row[5])
        self.by_key = {q.key: q for q in self.session.questions.all()}

    def entries(self, *kinds: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        for client in self.clients:
            for entry in client["entries"]:
                if not kinds or entry["command"]["t"] in kinds:
                    yield client, entry


ORACLES: dict[str, Callable[[Evidence], Verdict]] = {}


def oracle(name: str):
    def register(check: Callable[[Evidence], Verdict]) -> Callable[[Evidence], Verdict]:
        ORACLES[name] = check
        return check

    return register


@oracle("I1")
def acknowledged_is_there_once(seen: Evidence) -> Verdict:
    verdict = Verdict("What was acknowledged is stored exactly once")
    told = Counter(question.key for question in seen.session.questions.all())
    tokens = Counter(question.body.partition("Q-")[2][:32] for question in seen.by_key.values())
    asked = {row[:2] for row in _asked(seen)}
    for client, entry in seen.entries():
        command, who = entry["command"], (client["person"], entry["command"]["cid"])
        first, stored = entry["first"], seen.commands[who]
        if command["t"] == "q.ask":
            verdict.checked += 1
            there = (
                told[key_of(who[0], UUID(who[1]))],
                stored,
                tokens[command["cid"].replace("-", "")],
            )
            wanted = {"received": (1, 1, 1), "refused": (0, 0, 0)}.get(entry["state"], there)
            if there != wanted:
                verdict.wrong.append(f"{entry['state']}, but stored {there} times: {command}")
            asked.discard(who)
        elif entry["state"] == "received" and not first["dup"] and _has_event(command["t"]):
            verdict.checked += 1
            so_already = entry["offered"] and entry["answer"]["dup"]  # another host's act is back
            if stored != 1 and not (so_already and not stored):
                verdict.wrong.append(f"received, but {stored} times in the log: {command}")
    lost = _of_pages(seen, verdict, asked)
    verdict.wrong += [f"nobody asked what {who} is said to have asked" for who in asked]
    if lost:
        verdict.notes.append(
            f"{lost} questions by plain forms went with a restored dump: a browser without "
            "scripts keeps nothing to give back."
        )
    again = [entry for _client, entry in seen.entries() if entry["offered"]]
    verdict.notes.append(f"{len(again)} commands were given back after a restore.")
    refused = Counter(e["answer"]["code"] for e in again if e["state"] == "refused")
    if refused:
        verdict.notes.append(f"Of these, refused with a reason to their sender: {dict(refused)}.")
    return verdict


def _asked(seen: Evidence) -> list[tuple[int, str]]:
    return [(row[4], str(row[5])) for row in seen.log if row[1] == "q.asked"]


def _has_event(kind: str) -> bool:
    return kind not in ("vote.set", "poll.answer") and not kind.startswith(("sess", "hand"))


def _of_pages(seen: Evidence, verdict: Verdict, asked: set[tuple[int, str]]) -> int:
    """Questions by plain forms: there, or in a log that a restore took away."""
    taken = {(row[4], str(row[5])) for gone in seen.gone for row in gone["log"] if row[5]}
    lost = 0
    for page in seen.pages:
        for entry in page["entries"]:
            who = (page["person"], str(UUID(entry["command"]["cid"])))
            if entry["command"]["t"] != "q.ask":
                continue
            verdict.checked += 1
            stored = seen.commands[who]
            asked.discard(who)
            if entry["state"] == "received" and not stored and who in taken:
                lost += 1
            elif entry["state"] == "received" and stored != 1:
                verdict.wrong.append(f"by form, stored {stored} times: {entry['command']}")
    return lost


@oracle("I2")
def votes_are_their_voters(seen: Evidence) -> Verdict:
    verdict = Verdict("Each score is the number of those who wish it, and each wish is the newest")
    voters: dict[int, set[int]] = defaultdict(set)
    given: dict[tuple[str, int], int] = {}
    rows = Vote.objects.filter(question__session=seen.session).select_related("question")
    for vote in rows:
        given[vote.question.key, vote.voter_id] = vote.value
        if vote.value:
            voters[vote.question.merged_into_id or vote.question_id].add(vote.voter_id)
    for number, question in seen.state.questions.items():
        if question["state"] != "merged":
            verdict.checked += 1
            if question["votes"] != len(voters[number]):
                told = f"question {number} shows {question['votes']} votes"
                verdict.wrong.append(f"{told}, {len(voters[number])} people gave one")
    merged = {n for row in seen.log if row[1] == "q.merged" for n in (row[2]["q"], row[2]["into"])}
    apart = {key for key, question in seen.by_key.items() if question.pk in merged}
    refused = 0
    for client, key, wishes in _wishes(seen, "vote.set"):
        if key in apart or key not in seen.by_key:
            continue
        last = wishes[-1]
        refused += last["state"] == "refused"
        if last["state"] == "received":
            verdict.checked += 1
            value = given.get((key, client["person"]))
            if value != last["command"]["value"]:
                verdict.wrong.append(f"{client['person']} has {value}, wished {last['command']}")
    verdict.notes.append(f"{refused} last wishes came after their question was settled.")
    _polls(seen, verdict)
    return verdict


def _wishes(seen: Evidence, kind: str) -> Iterator[tuple[dict, str, list[dict]]]:
    for client in seen.clients:
        by_key = defaultdict(list)
        for entry in client["entries"]:
            if entry["command"]["t"] == kind:
                by_key[entry["command"]["key"]].append(entry)
        for key, wishes in by_key.items():
            yield client, key, wishes


def _polls(seen: Evidence, verdict: Verdict) -> None:
    polls = {poll.key: poll for poll in seen.session.polls.prefetch_related("answers")}
    for poll in polls.values():
        verdict.checked += 1
        answers = [answer.choices for answer in poll.answers.all()]
        counts, people = counted(answers, len(poll.options))
        told = seen.state.polls[poll.pk]
        if (told["counts"], told["voters"]) != (counts, people):
            verdict.wrong.append(f"poll {poll.pk} says {told['counts']}, answers say {counts}")
    chosen = {
        (answer.poll.key, answer.person_id): answer.choices
        for poll in polls.values()
        for answer in poll.answers.all()
    }
    for client, key, wishes in _wishes(seen, "poll.answer"):
        if key in polls and wishes[-1]["state"] == "received":
            verdict.checked += 1
            wished = wishes[-1]["command"]["choices"]
            if chosen.get((key, client["person"])) != wished:
                verdict.wrong.append(f"{client['person']} chose {wished} in poll {key}")


@oracle("I3")
def numbers_have_no_hole(seen: Evidence) -> Verdict:
    verdict = Verdict("The log counts from 1 to its head without a hole, in the order of commits")
    logs = [[row[0] for row in gone["log"]] for gone in seen.gone]
    logs.append([row[0] for row in seen.log])
    for numbers in logs:
        verdict.checked += len(numbers)
        if numbers != list(range(1, len(numbers) + 1)):
            missing = sorted(set(range(1, numbers[-1])) - set(numbers))[:10]
            verdict.wrong.append(f"of {numbers[-1]} numbers these are missing: {missing}")
    if seen.session.head != len(seen.log):
        verdict.wrong.append(f"head {seen.session.head}, {len(seen.log)} events")
    return verdict


@oracle("I4")
def frames_lead_to_the_same_state(seen: Evidence) -> Verdict:
    verdict = Verdict("A snapshot with the events after it is the later snapshot; tables agree")
    asker = next(iter(seen.state.questions.values()), {"asker": None})["asker"]
    viewers = (Viewer(), Viewer(is_host=True), Viewer(person=asker))
    step = max(1, len(seen.lines) // CHECKED_STATES)
    held, state = {viewer: snapshot(State(), viewer) for viewer in viewers}, State()
    wanted = {(place[1], place[2]): place for place in _of_the_last_epoch(seen)}
    for start in range(0, len(seen.lines), step):
        lines = seen.lines[start : start + step]
        for viewer in viewers:
            held[viewer] = apply(held[viewer], frame(state, lines, viewer))
        for line in lines:
            state = advance(state, [line])
            for is_host in (False, True):
                place = wanted.get((state.seq, is_host))
                if place:
                    verdict.checked += 1
                    if digest(snapshot(state, Viewer(is_host))) != place[3]:
                        verdict.wrong.append(f"a client's snapshot at {state.seq} is another")
        for viewer in viewers:
            verdict.checked += 1
            if digest(held[viewer]) != digest(snapshot(state, viewer)):
                verdict.wrong.append(f"{viewer} at {state.seq}: frames lead elsewhere")
    for question in seen.session.questions.all():
        verdict.checked += 1
        folded = seen.state.questions[question.pk]
        table = (question.state, question.rev, question.merged_into_id, question.answered_how)
        if table != tuple(folded[name] for name in ("state", "rev", "into", "how")):
            verdict.wrong.append(f"table and log differ about question {question.pk}: {table}")
    return verdict


def _of_the_last_epoch(seen: Evidence) -> list[list[Any]]:
    return [place for place in seen.snapshots if place[0] == str(seen.session.epoch)]


@oracle("I5")
def everybody_is_current(seen: Evidence) -> Verdict:
    verdict = Verdict("Within 5 s after quiet every client shows what the server knows")
    if seen.converged is None:
        verdict.wrong.append("they did not all come to the head of the log")
    else:
        verdict.notes.append(f"The last one was there {seen.converged:.1f} s after quiet.")
        if seen.timed and seen.converged > CURRENT_WITHIN:
            verdict.wrong.append(f"the last one took {seen.converged:.1f} s")
    for client in seen.clients:
        verdict.checked += 1
        viewer = Viewer(client["host"], client["person"])
        if client["digest"] != digest(snapshot(seen.state, viewer)):
            verdict.wrong.append(f"{_who(client)} at {client['seq']}: {_difference(seen, client)}")
    for page in seen.pages:
        verdict.checked += 1
        shown = {int(card[0]): (card[1], int(card[2])) for card in page["cards"]}
        known = snapshot(seen.state, Viewer(person=page["person"]))["questions"]
        if shown != {each["id"]: (each["state"], each["votes"]) for each in known}:
            verdict.wrong.append(f"the page of {page['person']} shows {len(shown)} questions")
    return verdict


def _who(client: dict[str, Any]) -> str:
    return f"{client['transport']} client {client['person']}"


def _difference(seen: Evidence, client: dict[str, Any]) -> str:
    if (client["epoch"], client["seq"]) != (str(seen.session.epoch), seen.session.head):
        return f"has {client['seq']} of {seen.session.head}"
    for number, (state, votes, rev) in client["brief"].items():
        known = seen.state.questions.get(int(number))
        if known is None or (state, votes, rev) != (known["state"], known["votes"], known["rev"]):
            return f"question {number} is {state}, {votes} votes, rev {rev}; the log says {known}"
    return f"{len(client['brief'])} questions, or what stands beside them"


@oracle("I6")
def nothing_leaks(seen: Evidence) -> Verdict:
    verdict = Verdict("No text that no host let through reached anybody but its asker and hosts")
    visible: dict[str, float] = {}
    for log in [*(gone["log"] for gone in seen.gone), seen.log]:
        tokens: dict[int, str] = {}
        for _seq, kind, body, at, *_ in log:
            number = body.get("q")
            if kind == "q.asked":
                tokens[number] = body["body"].partition("Q-")[2][:32]
            if (kind == "q.asked" and body["state"] == "visible") or kind in SHOWING:
                moment = at.timestamp()
                token = tokens.get(number, "")
                visible[token] = min(visible.get(token, moment), moment)
    for token, (when, person) in seen.first.items():
        verdict.checked += 1
        if when < visible.get(token, float("inf")):
            verdict.wrong.append(f"{person} was sent Q-{token} before a host let it through")
    never = Question.objects.filter(session=seen.session, shown=False).count()
    verdict.notes.append(f"{never} questions were never let through.")
    return verdict


SHOWING = ("q.approved", "q.reopened")


@oracle("I7")
def the_balance_holds(seen: Evidence) -> Verdict:
    verdict = Verdict("asked = live + written + owed + dismissed + merged + withdrawn + pending")
    counts = balance(seen.state)
    verdict.checked = counts["asked"]
    verdict.notes.append(", ".join(f"{name} {number}" for name, number in counts.items()))
    in_log = len(_asked(seen))
    parts = sum(counts[name] for name in OUTCOMES)
    if not counts["asked"] == parts == in_log == len(seen.by_key):
        verdict.wrong.append(f"{counts}, {in_log} asked in the log, {len(seen.by_key)} rows")
    if seen.session.state == Session.State.CLOSED and counts["pending"]:
        verdict.wrong.append(f"{counts['pending']} are open in a closed session")
    unowed = seen.session.questions.filter(answered_how=Question.How.OWED, topic=None)
    verdict.wrong += [f"question {each.pk} is owed and has no topic" for each in unowed]
    return verdict


@oracle("I8")
def what_is_asked_is_seen_soon(seen: Evidence) -> Verdict:
    verdict = Verdict("Asked to seen, p95: at most 1 s; 3 s while Redis is dead")
    there, dead, after_a_break = [], [], []
    for made, seconds, on_open_line in seen.delays:
        if not on_open_line:
            after_a_break.append(seconds)
        elif any(began <= made <= ended for began, ended in seen.without_redis):
            dead.append(seconds)
        else:
            there.append(seconds)
    verdict.checked = len(seen.delays)
    for name, delays, most in (
        ("on an open line", there, SLOW),
        ("on an open line, Redis dead", dead, SLOW_WITHOUT_REDIS),
        ("over a line that broke meanwhile", after_a_break, float("inf")),
    ):
        if len(delays) < 20:
            continue
        cuts = quantiles(delays, n=100)
        said = f"{name}: p50 {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s, p99 {cuts[98]:.2f} s"
        verdict.notes.append(f"{said} ({len(delays)})")
        if seen.timed and cuts[94] > most:
            verdict.wrong.append(said)
    return verdict
