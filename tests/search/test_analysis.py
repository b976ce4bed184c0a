"""Every engine cuts a text into the same words and the same stems."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from search.analysis import fold, words
from search.engines import mapping
from search.engines.embedded import PostgreSQL
from search.index import _plain
from search.models import SearchDocument
from tests.factories.search import document

pytestmark = pytest.mark.django_db
FEW = hypothesis_settings(max_examples=100)
# What people here write: English, Dzongkha, Nepali and Hindi, names with accents, numbers,
# addresses, some Greek and Cyrillic, signs, emoji, lone accents, zero-width signs.
SCRIPTS = st.characters(min_codepoint=0x20, max_codepoint=0x24F) | st.sampled_from(
    [chr(code) for block in (range(0xF00, 0xFDB), range(0x900, 0x980), range(0x391, 0x3CA),
                             range(0x410, 0x450), range(0x1EA0, 0x1EFA)) for code in block]
    + list("\u0300\u0301\u0308\u030c\u200b\u200c\u200d\u202e\ufeff\u2066\u2069\u2013\u20ac")
    + list("🙂🤔🛰✓²½①字，")
)  # fmt: skip
# Lucene's asciifolding and SQLite know a little more or less than "accent off": ae for æ.
# What is asked is cut by the same engine, so that each letter still finds itself.
ODD = set("æøđħıĸłŀŋœŧßÆØĐĦŁĿŊŒŦẞÞþÐðŉſƀĳǉǌǆ²³¹ªº½¼¾①İ")
TEXTS = st.text(SCRIPTS, max_size=60).filter(
    lambda text: (
        not set(unicodedata.normalize("NFC", text)) & ODD
        and not any("\u0180" <= letter <= "\u024f" for letter in text)
        and "Cn" not in map(unicodedata.category, text)
    )  # in no Unicode yet: each table guesses
)


def lucene_words(text: str) -> list[str]:
    """Our reading of the analyzer in mapping.py, without its stemmer."""
    categories = re.findall(r"\\p\{(\w+)\}", mapping.WORD)
    runs, run = [], ""
    for letter in [*text, " "]:
        if unicodedata.category(letter).startswith(tuple(categories)):
            run += letter
        elif run:
            runs.append(run)
            run = ""
    return [word for run in runs if (word := _filters(run))]


def _filters(word: str) -> str:
    names = mapping.SETTINGS["analysis"]["analyzer"]["commons"]["filter"]
    for name in names[:-1]:
        word = FILTERS[name](word)
    return word


FILTERS = {
    "lowercase": lambda word: "".join(letter.lower()[0] for letter in word),
    "asciifolding": lambda word: "".join(map(_ascii, word)),
    "ict_marks": lambda word: re.sub("[\u0300-\u036f]", "", word),
    "ict_longest": lambda word: word[: mapping.LONGEST_TERM],
}


def _ascii(letter: str) -> str:
    """What ASCIIFoldingFilter does to a letter with accents; it leaves lone accents alone."""
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else letter


def indexed(text: str) -> list[str]:
    """The stems that the embedded engine has for a text, in their order."""
    SearchDocument.objects.filter(key="topic:1").delete()
    document("topic:1", "", text)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT lexeme, unnest(positions) FROM search_searchdocument, unnest(vector) "
                "WHERE key = 'topic:1' ORDER BY 2"
            )
        else:
            cursor.execute(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.seen "
                "USING fts5vocab(main, search_fts, instance)"
            )
            cursor.execute('SELECT term, "offset" FROM temp.seen ORDER BY 2')
        # FTS5 keeps an empty word where an accent stood alone.
        return [row[0] for row in cursor.fetchall() if row[0]]


@lru_cache(maxsize=10_000)
def stem(word: str) -> str:
    """A word's stem by the database; letters that it folds or cuts are the test's subject."""
    return " ".join(indexed(word))


@FEW
@given(TEXTS)
@example("འབྲུག་ཡུལ། དོན་དག")
@example("हिन्दी नेपाली विश्वविद्यालय")
@example("cafe\u0301 Café x\u0301y Москва́ й")
@example("5e3abc 1e5 0x1f 2nd 10.0.0.1 srv1.moic.gov.bt err_conn_refused")
@example("network🤔 line🙂down \u2066isolated\u2069 10₿")
@example("out off down same more how")
def test_the_database_and_lucene_have_the_same_words(text):
    plain = _plain(text)
    ours = words(plain)
    assert lucene_words(plain) == ours
    assert indexed(text) == [part for word in ours for part in stem(word).split()]
    assert [stem(word) for word in ours] == [stem(word) for word in map(fold, ours)]
    assert len(indexed(text)) == len(ours)


def starter_words() -> list[str]:
    folder = Path(settings.BASE_DIR)
    texts = [*folder.glob("starter/**/*.md"), *folder.glob("starter/**/*.yaml")]
    found = {word for path in texts for word in words(path.read_text())}
    extra = "possibly technology apologies nobly ably logy ology us is as humbly assembly yes"
    return sorted(word for word in found | set(extra.split()) if not set(word) & ODD)


# Stems as SQLite's FTS5 gives them, for words on which stemmers of that name differ.
STEMS = {
    "possibly": "possibl", "technology": "technolog", "apologies": "apolog", "as": "as",
    "irreversibly": "irrevers", "away": "awai", "networking": "network", "us": "us",
    "always": "alwai", "policies": "polici", "policy": "polici", "ology": "ologi",
    "logy": "logi", "nobly": "nobli", "humbly": "humbl", "ably": "abli", "generously": "gener",
    "running": "run", "down": "down", "བཀོད": "བཀོད", "नेपाली": "नेपाली", "café": "cafe",
}  # fmt: skip


@pytest.mark.parametrize("word", STEMS)
def test_stems_are_those_of_porter_on_every_database(word):
    assert indexed(word) == [STEMS[word]]


def test_the_server_has_the_stems_of_the_database_for_every_word_of_the_starter(elastic):
    """osmem's analyzer is not Lucene's code; a real server is asked where a URL names one."""
    name = elastic.create()
    known = starter_words()
    there = []
    for start in range(0, len(known), 500):
        text = " ".join(known[start : start + 500])
        answer = elastic.client.indices.analyze(index=name, analyzer="commons", text=text)
        there += [token["token"] for token in answer["tokens"]]
    here = [
        row
        for start in range(0, len(known), 500)
        for row in indexed(" ".join(known[start : start + 500]))
    ]
    assert len(known) > 2500
    assert [pair for pair in zip(known, here, there, strict=True) if pair[1] != pair[2]] == []


@pytest.mark.postgresql
@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_a_query_has_the_stems_that_the_index_has():
    known = starter_words()[:200]
    from search.engines.embedded import _stem  # noqa: PLC0415

    assert [_stem(word) for word in known] == indexed(" ".join(known))
    assert PostgreSQL.source.count("tsquery") == 1
