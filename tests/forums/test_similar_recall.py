"""How often the question that was answered before is among the five that are offered.

One hundred paraphrases of the starter content's topics, among other topics that are made of
sentences of its units, slides and talks: they speak of the same things in the same words.
`SIMILAR_DOCUMENTS` says how many others, 20000 for the full measurement.
"""

import os
import random
import re
from pathlib import Path

import pytest
import yaml
from django.utils import timezone

from forums.models import Topic
from people.models import Audience, User
from search.analysis import words
from search.index import rebuild_vocabulary
from search.models import SearchDocument
from search.services import similar_for

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HERE = Path(__file__).parent
PARAPHRASES = yaml.safe_load((HERE / "paraphrases.yaml").read_text("utf-8"))
POOLS = HERE.parents[1] / "starter" / "pools"
OTHERS = int(os.environ.get("SIMILAR_DOCUMENTS", "1000"))
AT_LEAST = 0.70
SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+|\n+")


def titles() -> dict[str, str]:
    """The title of each topic of the starter content by its key."""
    pools = [yaml.safe_load(path.read_text("utf-8")) for path in POOLS.glob("*.yaml")]
    return {topic["key"]: topic["title"] for pool in pools for topic in pool["topics"]}


def add_others(number: int) -> None:
    """Topics made of five to twenty-five sentences of the units, slides and talks, in any order."""
    chance = random.Random(20261126)
    texts = SearchDocument.objects.exclude(kind="topic").values_list("title", "body")
    sentences = [
        sentence
        for text in texts
        for sentence in SENTENCE_ENDS.split(". ".join(text))
        if len(words(sentence)) > 3
    ]
    everyone = Audience.objects.of("everyone")
    SearchDocument.objects.bulk_create(
        [
            SearchDocument(
                key=f"topic:9{place:06}",
                kind="topic",
                title=chance.choice(sentences)[:200],
                body=" ".join(chance.choices(sentences, k=chance.randint(5, 25))),
                url=f"/other/{place}/",
                audience=everyone,
                when=timezone.now(),
            )
            for place in range(number)
        ],
        batch_size=500,
    )
    rebuild_vocabulary()


def test_paraphrases_find_the_topic_that_answers_them(starter):
    add_others(OTHERS)
    person = User.objects.get(employee_id="ICT0244")
    addresses = {
        key: Topic.objects.get(title=title).get_absolute_url() for key, title in titles().items()
    }
    missed = [
        (key, text)
        for key, texts in PARAPHRASES.items()
        for text in texts
        if addresses[key] not in [hit.url for hit in similar_for(person, text)]
    ]
    asked = sum(map(len, PARAPHRASES.values()))
    recall = 1 - len(missed) / asked
    assert asked == 100
    assert recall >= AT_LEAST, (recall, missed)
