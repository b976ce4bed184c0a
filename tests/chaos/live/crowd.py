"""One process of clients. Told on its input what to do, it says each second how it stands.

python -m tests.chaos.live.crowd CONFIG: "quiet" ends the writing, "close" closes the session,
"end" writes what the clients know to the file that CONFIG names.
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.chaos.live.client import Client, Page, Sights
from tests.chaos.live.http import Host
from tests.chaos.live.view import digest

TRANSPORTS = ["ws"] * 14 + ["sse"] * 3 + ["poll"] * 2 + ["page"]  # 70, 15, 10 and 5 of a hundred
REFRESH = 15  # seconds between two looks of a page
CARD = re.compile(
    r'data-question="([1-9]\d*)" data-no="\d+" data-state="(\w+)" data-rev="\d+"'
    r' data-votes="(\d+)"'
)
NAMES = ("single", "multiple", "scale")


class Crowd:
    def __init__(self, config: dict[str, Any]):
        self.config, self.sights = config, Sights()
        self.writing, self.path = True, f"/live/{config['session']}/"
        self.clients: list[Client] = []
        self.pages: list[Page] = []
        for who in config["people"]:
            place = Host(config["port"], who["cookie"])
            transport = "ws" if who["host"] else TRANSPORTS[who["person"] % len(TRANSPORTS)]
            if transport == "page":
                self.pages.append(Page(who, place, self.path, self.sights))
            else:
                self.clients.append(Client(who, transport, place, self.path, self.sights))

    async def run(self) -> None:
        tasks = [asyncio.create_task(self.come(each)) for each in [*self.clients, *self.pages]]
        tasks.append(asyncio.create_task(self.tell()))
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
        while (command := (await reader.readline()).decode().strip()) != "end":
            if not command:  # whoever started this has ended
                return
            self.writing = False
            if command == "close":
                host = next((client for client in self.clients if client.is_host), None)
                if host:
                    host.send("sess.close")
        await asyncio.gather(*(page.look() for page in self.pages))
        for task in tasks:
            task.cancel()
        failed = await asyncio.gather(*tasks, return_exceptions=True)
        self.sights.faults += [repr(each) for each in failed if isinstance(each, Exception)]
        Path(self.config["file"]).write_text(json.dumps(self.known()))

    async def come(self, client: Client | Page) -> None:
        await asyncio.sleep(client.choose.uniform(0, self.config["within"]))
        if isinstance(client, Page):
            await self.turn_pages(client)
        elif client.is_host:
            await asyncio.gather(client.run(), self.moderate(client))
        else:
            await asyncio.gather(client.run(), self.take_part(client))

    # --- What people do ---------------------------------------------------------------

    async def take_part(self, client: Client) -> None:
        number, choose = 0, client.choose
        while True:
            await asyncio.sleep(choose.expovariate(1 / self.config["pause"]))
            if not self.writing:
                return
            if not client.view.seen:
                continue
            chance = choose.random()
            if chance < self.config["asks"]:
                number += 1
                client.ask(number)
            elif chance < self.config["asks"] + 0.02:
                client.send("hand.set", value=choose.randint(0, 1))
            elif chance < self.config["asks"] + 0.06:
                self.answer_poll(client)
            elif chance < self.config["asks"] + 0.08:
                self.change_own(client)
            else:
                self.vote(client)

    def vote(self, client: Client) -> None:
        """On what stands first, as people do, and mostly for it; now and then twice in a row."""
        open_ones = [
            question
            for question in client.view.seen["questions"]
            if question["state"] == "visible" and not question["mine"]
        ]
        if open_ones:
            question = client.choose.choice(open_ones[-20:])
            for _time in range(client.choose.choice([1, 1, 1, 2])):
                value = int(client.choose.random() < 0.7)
                client.send("vote.set", q=question["id"], key=question["key"], value=value)

    def answer_poll(self, client: Client) -> None:
        polls = [poll for poll in client.view.seen["polls"] if poll["state"] == "open"]
        if polls:
            poll = client.choose.choice(polls)
            choices = [client.choose.randrange(len(poll["options"]))]
            client.send("poll.answer", p=poll["p"], key=poll["key"], choices=choices)

    def change_own(self, client: Client) -> None:
        mine = [
            question
            for question in client.view.seen["questions"]
            if question["mine"] and question["state"] == "visible"
        ]
        if mine:
            question = client.choose.choice(mine)
            client.send("q.withdraw", **_about(question))

    async def moderate(self, host: Client) -> None:
        choose = host.choose
        while True:
            await asyncio.sleep(choose.expovariate(1 / self.config["host_pause"]))
            if not self.writing:
                return
            if not host.view.seen:
                continue
            asked = host.view.seen["questions"]
            for question in [each for each in asked if each["state"] == "pending"][:6]:
                chance = choose.random()
                if chance < 0.8:
                    host.send("mod.approve", **_about(question))
                elif chance < 0.9:
                    host.send("mod.dismiss", **_about(question), reason="Not about this.")
            self.one_act(host)

    def one_act(self, host: Client) -> None:
        choose, asked = host.choose, host.view.seen["questions"]
        chance, open_ones = choose.random(), [q for q in asked if q["state"] == "visible"]
        polls = [poll for poll in host.view.seen["polls"] if poll["state"] == "open"]
        if chance < 0.06:
            moderated = not host.view.seen["session"]["moderated"]
            host.send("sess.config", moderated=moderated, names="named")
        elif chance < 0.10 and not polls:
            kind = choose.choice(NAMES)
            options = [] if kind == "scale" else ["Fibre", "Radio", "Satellite"]
            host.send("poll.start", kind=kind, text="How do you connect?", options=options)
        elif chance < 0.14 and polls:
            kind, more = choose.choice([("poll.end", {}), ("poll.show", {"value": 1})])
            host.send(kind, p=polls[0]["p"], key=polls[0]["key"], **more)
        elif len(open_ones) > 1:
            self.settle_one(host, choose.choice(open_ones), choose.choice(open_ones))

    def settle_one(self, host: Client, question: dict[str, Any], other: dict[str, Any]) -> None:
        what = host.choose.choices(ACTS, WEIGHTS)[0]
        more: dict[str, Any] = {}
        if what in ("live", "written", "owed"):
            more = {"how": what, "answer": "It is so." if what == "written" else ""}
            what = "mod.answered"
        elif what == "mod.merge":
            if question is other:
                return
            more = {"into": other["id"], "into_key": other["key"]}
        elif what == "mod.reopen":
            gone = [
                each
                for each in host.view.seen["questions"]
                if each["state"] in ("dismissed", "merged", "answered")
            ]
            if not gone:
                return
            question = host.choose.choice(gone)
        host.send(what, **_about(question), **more)

    async def turn_pages(self, page: Page) -> None:
        number = 0
        while True:
            looked = await page.look()
            if looked and self.writing:
                cards = [card for card in CARD.findall(page.page) if card[1] == "visible"]
                if page.choose.random() < 0.5:
                    number, cid = number + 1, f"{page.choose.getrandbits(128):032x}"
                    page.own.add(cid)
                    body = f"Question {number} of {page.person} Q-{cid} at {time.time():.3f}"
                    await page.send("q.ask", {"body": body, "name_mode": "named"}, cid)
                elif cards:
                    fields = {"q": page.choose.choice(cards)[0], "value": "1"}
                    await page.send("vote.set", fields, f"{page.choose.getrandbits(128):032x}")
            await asyncio.sleep(page.choose.uniform(0.5, 1) * REFRESH)

    # --- What is told -----------------------------------------------------------------

    async def tell(self) -> None:
        while True:
            sys.stdout.write(json.dumps(self.standing()) + "\n")
            sys.stdout.flush()
            await asyncio.sleep(1)

    def standing(self) -> dict[str, Any]:
        received: Counter[str] = Counter()
        for client in [*self.clients, *self.pages]:
            for entry in client.outbox.entries.values():
                received[entry.command["t"]] += entry.state in ("received", "overtaken")
        return {
            "lines": sum(client.since <= time.time() for client in self.clients),
            "received": received,
            "waiting": sum(client.outbox.waiting(client.view) for client in self.clients)
            + sum(page.outbox.waiting(page.view) for page in self.pages),
            "at": Counter(f"{client.view.epoch}:{client.view.seq}" for client in self.clients),
        }

    def known(self) -> dict[str, Any]:
        return {
            "clients": [
                {
                    "person": client.person,
                    "host": client.is_host,
                    "transport": client.transport,
                    "lines": client.lines,
                    "epoch": client.view.epoch,
                    "seq": client.view.seq,
                    "digest": digest(client.view.seen),
                    "brief": {
                        q["id"]: [q["state"], q["votes"], q["rev"]] for q in client.questions
                    },
                    "own": sorted(client.own),
                    "entries": [asdict(entry) for entry in client.outbox.entries.values()],
                }
                for client in self.clients
            ],
            "pages": [
                {
                    "person": page.person,
                    "cards": CARD.findall(page.page),
                    "own": sorted(page.own),
                    "entries": [asdict(entry) for entry in page.outbox.entries.values()],
                }
                for page in self.pages
            ],
            "first": self.sights.first,
            "delays": self.sights.delays,
            "snapshots": [[*place, made] for place, made in self.sights.snapshots.items()],
            "faults": self.sights.faults[:50],
        }


ACTS = ("mod.pin", "mod.unpin", "mod.merge", "mod.reopen", "live", "written", "owed")
WEIGHTS = (3, 1, 2, 1, 4, 3, 1)


def _about(question: dict[str, Any]) -> dict[str, Any]:
    return {"q": question["id"], "key": question["key"], "rev": question["rev"]}


if __name__ == "__main__":
    asyncio.run(Crowd(json.loads(Path(sys.argv[1]).read_text())).run())
