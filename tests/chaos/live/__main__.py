"""A live session under chaos, and whether anything was lost: `make chaos SEED=…`.

python -m tests.chaos.live [--seed N] [--minutes M] [--people P] [--pause S] [--to FOLDER]
[--copy-of URL] [--untimed]. 0: every oracle holds, 1: one is broken; the report lies in FOLDER.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, TextIO

HOSTS = 3
CROWDS = 2  # processes of clients
FAULT_EVERY = 5.0  # seconds
LONG = 10.0  # minutes of a whole run; pauses shrink with a shorter one
SETTLED = 5.0  # seconds without an event: what was seen is told after three
PATIENCE = 180.0  # seconds for what waits to be acknowledged after the last fault


class Run:
    def __init__(self, options: argparse.Namespace, home: Path, shown: TextIO):
        self.options, self.home, self.shown = options, home, shown
        self.choose = random.Random(options.seed)
        self.seconds = options.minutes * 60
        self.standing: list[dict[str, Any]] = [{}] * CROWDS
        self.crowds: list[asyncio.subprocess.Process] = []
        self.listening: list[asyncio.Task[None]] = []
        self.converged: float | None = None

    async def run(self, machines: Any, made: dict[str, Any]) -> None:
        from tests.chaos.live.faults import Faults  # noqa: PLC0415 (Django is set up by now)
        from tests.chaos.live.line import Line  # noqa: PLC0415

        self.machines, self.session = machines, made["session"]
        await asyncio.gather(*(asyncio.to_thread(web.start) for web in machines.webs))
        self.line = Line(self.choose)
        await self.line.start()
        self.line.targets = [web.port for web in machines.webs]
        scale = min(1.0, self.options.minutes / LONG * 2)
        self.faults = Faults(machines, self.line, self.session, self.choose, scale)
        self.began = time.time()
        await self._start_crowds(made["people"])
        progress = asyncio.create_task(self._show())
        await self.faults.run(self.began + self.seconds, FAULT_EVERY)
        self.ended = time.time()
        self.faults.now = "waiting for the last acknowledgement"
        await self._tell("quiet")
        await self._until(lambda: self._waiting() == 0)
        await self._tell("close")
        await asyncio.sleep(2)
        await self._until(lambda: self._waiting() == 0)
        await self._converge()
        await self._tell("end")
        await asyncio.gather(*(crowd.wait() for crowd in self.crowds))
        progress.cancel()
        print(file=self.shown)

    async def _start_crowds(self, people: list[dict[str, Any]]) -> None:
        for number, who in enumerate(people):
            who |= {"host": number < HOSTS, "seed": self.options.seed}
        for number in range(CROWDS):
            config = {
                "people": people[HOSTS:][1::2] if number else _first(people),
                "port": self.line.port,
                "session": self.session,
                "file": str(self.home / f"crowd{number}.json"),
                "within": min(20, self.seconds / 8),
                "pause": self.options.pause,
                "host_pause": 3,
                "asks": 0.08,
            }
            path = self.home / f"crowd{number}.config.json"
            path.write_text(json.dumps(config))
            crowd = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "tests.chaos.live.crowd", str(path)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=2**22,
            )
            self.crowds.append(crowd)
            self.listening.append(asyncio.create_task(self._listen(number, crowd)))

    async def _listen(self, number: int, crowd: asyncio.subprocess.Process) -> None:
        assert crowd.stdout
        while line := await crowd.stdout.readline():
            self.standing[number] = json.loads(line)

    async def _tell(self, command: str) -> None:
        for crowd in self.crowds:
            assert crowd.stdin
            crowd.stdin.write(f"{command}\n".encode())
            await crowd.stdin.drain()
        await asyncio.sleep(2)  # until they have said how they stand after it

    async def _until(self, true: Any) -> None:
        deadline = time.time() + PATIENCE
        while time.time() < deadline and not true():
            await asyncio.sleep(0.2)
        self.quiet = time.time()

    def _waiting(self) -> int:
        return sum(standing.get("waiting", 1) for standing in self.standing)

    async def _converge(self) -> None:
        """Until every client is at the head of the log and nothing more comes; how long."""
        self.faults.now = "coming to rest"
        asked = "SELECT epoch, head FROM live_session WHERE id = %s"
        known, since = None, 0.0
        deadline = time.time() + 60
        while time.time() < deadline:
            (epoch, head), *_ = await asyncio.to_thread(
                self.machines.postgres.ask, asked, [self.session]
            )
            there = self.standing[0]["at"], self.standing[1]["at"]
            if head == known and time.time() - since > SETTLED:
                self.converged = since - self.quiet
                return
            if not all(set(at) == {f"{epoch}:{head}"} for at in there):
                known = None
            elif head != known:
                known, since = head, time.time()
            await asyncio.sleep(0.2)

    async def _show(self) -> None:
        """A bar on a terminal, a line every ten seconds elsewhere."""
        tty = self.shown.isatty()
        while True:
            gone = min(1.0, (time.time() - self.began) / self.seconds)
            received: Counter[str] = Counter()
            for standing in self.standing:
                received.update(standing.get("received", {}))
            lines = sum(standing.get("lines", 0) for standing in self.standing)
            text = (
                f"[{'█' * int(gone * 24):<24}] {gone:4.0%}  {lines} lines, "
                f"{received['q.ask']} asked, {received['vote.set']} votes, "
                f"{self._waiting()} waiting  {self.faults.now}"
            )
            print(f"\r{text:<110}" if tty else text, end="" if tty else "\n", file=self.shown)
            self.shown.flush()
            await asyncio.sleep(1 if tty else 10)


def _first(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*people[:HOSTS], *people[HOSTS:][0::2]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.live", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--minutes", type=float, default=LONG)
    parser.add_argument("--people", type=int, default=350)
    parser.add_argument("--pause", type=float, default=10, help="seconds between two acts of one")
    parser.add_argument("--to", type=Path, default=Path("var/chaos"))
    parser.add_argument("--copy-of", default="", help="a migrated database; without it, migrate")
    parser.add_argument("--untimed", action="store_true", help="judge no seconds")
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers are ended all the same
    home = Path(tempfile.mkdtemp(prefix="chaos-"))
    shown = os.fdopen(os.dup(2), "w")
    log = options.to / f"chaos-{options.seed}.log"
    with log.open("wb") as file:
        os.dup2(file.fileno(), 2)  # what servers and clients complain of
    print(f"seed {options.seed}: starting the servers", file=shown, flush=True)
    try:
        return _whole(options, home, shown, log)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _whole(options: argparse.Namespace, home: Path, shown: TextIO, log: Path) -> int:
    from tests.chaos.live.machines import Machines  # noqa: PLC0415 (reads the environment)

    machines = Machines(home, options.copy_of)
    try:
        made = machines.make(options.people, HOSTS)
        run = Run(options, home, shown)
        asyncio.run(run.run(machines, made))
        verdicts, numbers = _judge(run)
    finally:
        machines.stop()
    from tests.chaos.live import report  # noqa: PLC0415

    strange = run.strange + _complaints(log)
    said = report.said(options.seed, options.minutes, options.people)
    told = {"seed": options.seed, "said": said, "numbers": numbers, "strange": strange}
    told |= {"began": run.began, "ended": run.ended}
    path = report.write(options.to, told, verdicts, run.faults.happened)
    for name, verdict in verdicts.items():
        holds = f"BROKEN, {len(verdict.wrong)} times" if verdict.wrong else "holds"
        print(f"{name} {holds}: {verdict.says} ({verdict.checked} checks)", file=shown)
        for line in [*verdict.wrong[:3], *verdict.notes]:
            print(f"   {line[:300]}", file=shown)
    for line in run.strange:
        print(f"a client broke: {line}", file=shown)
    print(f"{path} (seed {options.seed})", file=shown, flush=True)
    return int(any(verdict.wrong for verdict in verdicts.values()) or bool(run.strange))


def _judge(run: Run) -> tuple[dict[str, Any], dict[str, Any]]:
    os.environ |= run.machines.webs[0].environment
    import django  # noqa: PLC0415 (the environment names the run's database only now)

    django.setup()
    from live.models import Session  # noqa: PLC0415
    from tests.chaos.live.oracles import ORACLES, Evidence  # noqa: PLC0415

    known = [json.loads((run.home / f"crowd{number}.json").read_text()) for number in range(CROWDS)]
    run.strange = [fault for each in known for fault in each["faults"]]
    first: dict[str, list[Any]] = {}
    for each in known:
        for token, place in each["first"].items():
            first[token] = min(first.get(token, place), place)
    evidence = Evidence(
        session=Session.objects.get(pk=run.session),
        clients=[client for each in known for client in each["clients"]],
        pages=[page for each in known for page in each["pages"]],
        first=first,
        delays=[delay for each in known for delay in each["delays"]],
        snapshots=[place for each in known for place in each["snapshots"]],
        gone=run.faults.gone,
        without_redis=[
            (fault.began, fault.ended)
            for fault in run.faults.happened
            if fault.name == "kill_redis"
        ],
        converged=run.converged,
        timed=not run.options.untimed,
    )
    verdicts = {name: check(evidence) for name, check in ORACLES.items()}
    return verdicts, _numbers(run, evidence)


def _numbers(run: Run, seen: Any) -> dict[str, Any]:
    entries = [entry for _client, entry in seen.entries()]
    kinds = Counter(entry["command"]["t"] for entry in entries)
    hosts = sum(number for kind, number in kinds.items() if kind.startswith(("mod", "sess")))
    return {
        "clients": len(seen.clients) + len(seen.pages),
        "commands": len(entries) + sum(len(page["entries"]) for page in seen.pages),
        "questions asked": kinds["q.ask"],
        "votes set": kinds["vote.set"],
        "acts of hosts": hosts,
        "events in the log": len(seen.log),
        "faults": len(run.faults.happened),
        "restores": len(seen.gone),
        "lines opened": sum(client["lines"] for client in seen.clients),
        "given back after a restore": sum(entry["offered"] for entry in entries),
    }


def _complaints(log: Path) -> list[str]:
    """Errors of servers and clients, each kind with how often it came."""
    found: Counter[str] = Counter()
    for line in log.read_text(errors="replace").splitlines():
        word = line.split(":")[0]
        if line[:1].strip() and word.rpartition(".")[2].endswith(("Error", "Exception", "Timeout")):
            found[line[:160]] += 1
    return [f"{number} times: {line}" for line, number in found.most_common(25)]


if __name__ == "__main__":
    sys.exit(main())
