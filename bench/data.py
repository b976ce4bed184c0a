"""What the bench opens: invented, large, and made through the services where that is quick.

Run in a process of its own, with the state folder in ICT_COMMONS_HOME; prints addresses as JSON.
"""

import django

django.setup()

import json  # noqa: E402 (apps must be ready before models are imported)
import random  # noqa: E402
import sys  # noqa: E402
import uuid  # noqa: E402

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from forums import services  # noqa: E402
from forums.models import ExpertPool, Topic  # noqa: E402
from people.models import Audience, User  # noqa: E402
from search import index  # noqa: E402
from search.documents import Document  # noqa: E402
from tests.factories.courses import course  # noqa: E402

DOCUMENTS = 20_000
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
        )
        people = list(User.objects.filter(is_active=True)[:40])
        for number in range(posts - 1):
            services.reply(
                topic,
                author=people[number % len(people)],
                body=f"**{text(chance, 3)}**\n\n{text(chance, 60)}",
                cid=uuid.uuid4(),
                tell=False,
            )
    return topic.get_absolute_url()


def fill_search(chance: random.Random) -> None:
    """Documents that are found, as many as a large service has after years."""
    audience = Audience.objects.of("everyone")
    with transaction.atomic():
        for number in range(DOCUMENTS - index.SearchDocument.objects.count()):
            made = Document(
                key=f"bench:{number}",
                kind="topic",
                title=text(chance, 7),
                body=text(chance, 80),
                url=f"/bench/{number}/",
                audience=audience,
                when=timezone.now(),
            )
            index._write(made, None)
            if number % 2000 == 0:
                print(f"  search documents: {number} of {DOCUMENTS}", file=sys.stderr)


def main() -> None:
    chance = random.Random(7)
    call_command("prepare", stdout=sys.stderr)
    person = User.objects.get(employee_id="ICT0244")
    addresses = {
        "topic_20": topic_of(20, person, chance),
        "topic_200": topic_of(200, person, chance),
        "course_30_units": course(units=30, title="A course of thirty units").relative_url(None),
        "directory_350": "/people/",
        "my_page": "/me/",
        "my_competencies": "/competencies/mine/",
        "pool": Topic.objects.get(title="A topic of 20 posts").pool.address,
    }
    fill_search(chance)
    addresses |= {
        "search": "/search/?q=cable+lease",
        "search_typo": "/search/?q=wirelss+printer",
        "search_common": "/search/?q=network",
    }
    client = Client()
    client.force_login(person)
    cookie = client.cookies["sessionid"].value
    print(json.dumps({"cookie": cookie, "addresses": addresses}))


if __name__ == "__main__":
    main()
