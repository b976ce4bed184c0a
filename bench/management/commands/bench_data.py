"""What the bench opens: invented, large, and made through the services where that is quick."""

import json
import random
import uuid

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction
from django.test import Client

from desk.services import file_request
from forums import services
from forums.models import ExpertPool, Topic
from people.models import User
from search.models import SearchDocument
from tests.factories.courses import course
from tests.factories.search import document

DOCUMENTS = 20_000
ROWS = 300  # of a list: questions under a tag, requests that wait for a pool
NAMED = ["network", "router", "cable", "lease", "wireless", "printer", "scanner", "satellite"]
SYLLABLES = "ka lo mi pe ra su to ni dze wang chu ler bi gam sho tha yo nor den phel".split()


def vocabulary() -> tuple[list[str], list[float]]:
    """Invented words that are as often as words of a language are: the nth by 1/n (Zipf).

    The named ones stand at the 1st, 21st, 41st … place, so that a query can ask for a common
    word or for rarer ones.
    """
    words = [a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES][:5000]
    random.Random(3).shuffle(words)
    for number, word in enumerate(NAMED):
        words[number * 20] = word
    return words, [1 / rank for rank in range(1, len(words) + 1)]


WORDS, OFTEN = vocabulary()


def text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(WORDS, OFTEN, k=words))


def topic_of(posts: int, person, chance: random.Random) -> str:
    with transaction.atomic():
        topic = services.ask(
            pool=ExpertPool.objects.get(code="NET"),
            author=person,
            title=f"A topic of {posts} posts",
            body=text(chance, 60),
            cid=uuid.uuid4(),
            tell=False,
            limited=False,
        )
        people = list(User.objects.filter(is_active=True)[:40])
        for number in range(posts - 1):
            services.reply(
                topic,
                author=people[number % len(people)],
                body=f"**{text(chance, 3)}**\n\n{text(chance, 60)}",
                cid=uuid.uuid4(),
                tell=False,
                limited=False,
            )
    return topic.get_absolute_url()


def fill_lists(asker, chance: random.Random) -> None:
    """Questions under one tag, and requests that wait in the same pool."""
    pool = ExpertPool.objects.get(code="NET")
    made = {"pool": pool, "tell": False, "limited": False}
    with transaction.atomic():
        for _number in range(ROWS):
            words = {"title": text(chance, 6), "body": text(chance, 40)}
            services.ask(author=asker, tags=["bench"], cid=uuid.uuid4(), **words, **made)
            file_request(requester=asker, cid=uuid.uuid4(), **words, **made)


def fill_search(chance: random.Random, progress) -> None:
    """Documents that are found, as many as a large service has after years."""
    with transaction.atomic():
        for number in range(DOCUMENTS - SearchDocument.objects.count()):
            document(f"bench:{number}", text(chance, 7), text(chance, 80))
            if number % 2000 == 0:
                progress(f"  search documents: {number} of {DOCUMENTS}")


class Command(BaseCommand):
    help = "Fills an empty state folder for the bench; prints the addresses as JSON."

    def handle(self, **options):
        chance = random.Random(7)
        call_command("prepare", stdout=self.stderr)
        person = User.objects.get(employee_id="ICT0244")
        addresses = {
            "topic_20": topic_of(20, person, chance),
            "topic_200": topic_of(200, person, chance),
            "course_30_units": course(units=30, title="A course of thirty units").relative_url(
                None
            ),
            "directory_350": "/people/",
            "my_page": "/me/",
            "my_competencies": "/competencies/mine/",
            "pool": Topic.objects.get(title="A topic of 20 posts").pool.address,
            "topic_list": "/forum/tags/bench/",
            "request_board": "/desk/?tab=queue",
        }
        fill_lists(person, chance)
        fill_search(chance, self.stderr.write)
        addresses |= {
            "search": "/search/?q=cable+lease",
            "search_typo": "/search/?q=wirelss+printer",
            "search_common": "/search/?q=network",
        }
        cookies = dict.fromkeys(addresses, cookie_of(person))
        cookies["request_board"] = cookie_of(User.objects.get(employee_id="ICT0061"))  # an expert
        self.stdout.write(json.dumps({"cookies": cookies, "addresses": addresses}))


def cookie_of(person) -> str:
    client = Client()
    client.force_login(person)
    return client.cookies["sessionid"].value
