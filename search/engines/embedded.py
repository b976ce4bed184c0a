"""The engine in the product's own database: FTS5 on SQLite, tsvector on PostgreSQL.

The planner's stages are printed as one expression of the database's full-text language; the
audience filter, the facets and the ranking run in the same statement. Words of a plan hold
only letters, marks and digits, and go in as parameters: nothing that a person typed is ever
read as query syntax.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

from django.db import connection

from people.models import Audience
from search.engines.base import (
    CLOSING,
    ENOUGH,
    FACETS,
    OPENING,
    STATE_WEIGHT,
    Counts,
    Filters,
    Hit,
    Page,
    Results,
    go_through,
)
from search.likeness import CANDIDATES, Clue, least_shared, worth_of_repeats
from search.models import SearchDocument
from search.planner import Plan, Stage, Term

JOINER = "\u2060"  # a sign of no width and no meaning
COLUMNS = "d.key, d.kind, d.title, d.url, d.pool, d.author, d.state, d.dated"


class Dialect(Protocol):
    """How one database says: rows that match, their rank, their snippet."""

    source: str  # FROM … WHERE …, with one parameter for the expression
    rank: str
    snippet: str

    def expression(self, stage: Stage) -> str: ...

    # SELECT of (id, weight, shared) of the documents that have a clue; its parameters are the
    # factor, the number of all documents, whether it is a word, and `clue_expression`.
    clue: str
    counted: str  # SELECT of (number, how many documents have it) of one expression
    # SELECT of (number, id, times) of those of `ids` that have a word; `repeats_of` gives its
    # parameters after the number and before the ids.
    repeats: str

    def repeats_of(self, clue: Clue, expression: str) -> list[str]: ...

    def clue_expression(self, clue: Clue) -> str: ...


class SQLite:
    source = (
        "FROM search_fts JOIN search_searchdocument d ON d.id = search_fts.rowid "
        "WHERE search_fts MATCH %s"
    )
    # bm25 is negative, best first; a hit in the title counts twenty times one in the text.
    rank = "-bm25(search_fts, 20.0, 1.0)"
    clue = (
        "SELECT rowid AS id, %s * LN(1.0 + %s / COUNT(*) OVER ()) AS weight, %s AS shared "
        "FROM search_fts WHERE search_fts MATCH %s"
    )
    counted = "SELECT %s, COUNT(*) FROM search_fts WHERE search_fts MATCH %s"
    # A highlighted text is longer by one sign for each match.
    repeats = (
        "SELECT %s AS number, rowid AS id, "  # noqa: S608 (constants)
        f"LENGTH(highlight(search_fts, 0, '{OPENING}', '')) - LENGTH(title) + "
        f"LENGTH(highlight(search_fts, 1, '{OPENING}', '')) - LENGTH(body) AS times "
        "FROM search_fts WHERE search_fts MATCH %s AND rowid IN ({ids})"
    )
    snippet = f"snippet(search_fts, 1, '{OPENING}', '{CLOSING}', ' … ', 28)"

    def expression(self, stage: Stage) -> str:
        clauses = ["(" + " OR ".join(map(self._term, c.terms)) + ")" for c in stage.clauses]
        return (" AND " if stage.every else " OR ").join(clauses)

    def clue_expression(self, clue: Clue) -> str:
        return ("title : " if clue.in_title else "") + self._term(clue.term)

    def repeats_of(self, clue: Clue, expression: str) -> list[str]:
        return [expression]

    def _term(self, term: Term) -> str:
        return '"' + " ".join(term.words) + '"' + ("*" if term.prefix else "")


class PostgreSQL:
    source = "FROM search_searchdocument d, CAST(%s AS tsquery) AS query WHERE d.vector @@ query"
    rank = "ts_rank('{0.02, 0.02, 0.02, 1.0}', d.vector, query, 1)"
    clue = (
        "SELECT id, CAST(%s AS double precision) * ln(1.0 + CAST(%s AS double precision) "
        "/ COUNT(*) OVER ()) AS weight, CAST(%s AS integer) AS shared "
        "FROM search_searchdocument WHERE vector @@ CAST(%s AS tsquery)"
    )
    counted = (
        "SELECT CAST(%s AS integer), COUNT(*) FROM search_searchdocument "
        "WHERE vector @@ CAST(%s AS tsquery)"
    )
    repeats = (
        "SELECT CAST(%s AS integer) AS number, d.id, array_length(said.positions, 1) AS times "
        "FROM search_searchdocument d, unnest(d.vector) AS said "
        "WHERE said.lexeme = %s AND d.id IN ({ids})"
    )
    # Its parser drops what looks like a tag; texts here are full of <VirtualHost>.
    snippet = (
        f"replace(ts_headline('commons', replace(left(d.body, 20000), '<', '<{JOINER}'), query, "
        f"'StartSel={OPENING}, StopSel={CLOSING}, MaxWords=28, MinWords=12, MaxFragments=1'), "
        f"'{JOINER}', '')"
    )

    def expression(self, stage: Stage) -> str:
        clauses = ["(" + " | ".join(map(self._term, c.terms)) + ")" for c in stage.clauses]
        return (" & " if stage.every else " | ").join(clauses)

    def clue_expression(self, clue: Clue) -> str:
        place = ":A" if clue.in_title else ""
        return " <-> ".join(f"'{_stem(word)}'{place}" for word in clue.term.words)

    def repeats_of(self, clue: Clue, expression: str) -> list[str]:
        return [_stem(clue.term.words[0])]

    def _term(self, term: Term) -> str:
        quoted = [f"'{_stem(word)}'" for word in term.words]
        return " <-> ".join(quoted) + (":*" if term.prefix else "")


@lru_cache(maxsize=4096)
def _stem(word: str) -> str:
    """The stem as PostgreSQL indexes it; the function behind it never changes its answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_stem(%s)", [word])
        return cursor.fetchone()[0]


def dialect() -> Any:
    return {"sqlite": SQLite, "postgresql": PostgreSQL}[connection.vendor]()


class EmbeddedEngine:
    name = "embedded"

    def search(
        self, plan: Plan, *, tokens: frozenset[str], filters: Filters, page: Page
    ) -> Results:
        if not (plan and tokens):  # no token: nobody
            return Results()
        return go_through(plan, _Asking(tokens, filters), filters, page)

    def similar(
        self, clues: Sequence[Clue], *, tokens: frozenset[str], kinds: Sequence[str]
    ) -> list[Hit]:
        """Documents by the sum of their clues and of the words that they say again and again."""
        if not (clues and tokens and kinds):
            return []
        every = SearchDocument.objects.count()
        with connection.cursor() as cursor:
            rows = _candidates(cursor, clues, tokens, kinds, every)
            worth = _repeats(cursor, clues, [row[0] for row in rows], every)
        rows.sort(key=lambda row: (kinds.index(row[3]), -row[1] - worth[row[0]], row[0]))
        return [_hit(row[2:]) for row in rows[:ENOUGH]]


def _candidates(
    cursor, clues: Sequence[Clue], tokens: frozenset[str], kinds: Sequence[str], every: int
) -> list[tuple]:
    """(id, sum of the clues, columns of a hit …), those with too few of the words left out.

    `every` is how many documents there are.
    """
    language = dialect()
    said = " UNION ALL ".join(language.clue for _ in clues)
    parameters: list[Any] = []
    for clue in clues:
        parameters += [clue.factor, every, int(clue.is_word), language.clue_expression(clue)]
    allowed, may_see = open_audiences(tokens)
    order = " ".join(f"WHEN %s THEN {place}" for place in range(len(kinds)))
    sql = (  # made of constants; what was typed goes in as parameters
        f"SELECT d.id, found.worth, {COLUMNS}, '' FROM search_searchdocument d JOIN ("  # noqa: S608
        f"SELECT id, SUM(weight) AS worth FROM ({said}) AS said "
        "GROUP BY id HAVING SUM(shared) >= %s) AS found ON found.id = d.id "
        f"WHERE d.state <> 'obsolete' AND d.audience_id IN ({allowed}) "
        f"AND d.kind IN ({', '.join(['%s'] * len(kinds))}) "
        f"ORDER BY CASE d.kind {order} END, found.worth DESC, d.id LIMIT %s"
    )
    parameters += [least_shared(clues), *may_see, *kinds, *kinds, CANDIDATES]
    cursor.execute(sql, parameters)
    return list(cursor.fetchall())


def _repeats(cursor, clues: Sequence[Clue], ids: Sequence[int], every: int) -> dict[int, float]:
    """Document -> what its words that stand in it more than once add."""
    worth: dict[int, float] = defaultdict(float)
    words = [clue for clue in clues if clue.is_word]
    if not ids or not words:
        return worth
    language = dialect()
    holes = ", ".join(["%s"] * len(ids))
    said = " UNION ALL ".join(language.repeats.format(ids=holes) for _ in words)
    parameters: list[Any] = []
    for number, clue in enumerate(words):
        expression = language.clue_expression(clue)
        parameters += [number, *language.repeats_of(clue, expression), *ids]
    repeated = f"SELECT number, id, times FROM ({said}) AS said WHERE times > 1"  # noqa: S608
    cursor.execute(repeated, parameters)
    times = cursor.fetchall()
    counted = " UNION ALL ".join([language.counted] * len(words))
    parameters = [
        value
        for number, clue in enumerate(words)
        for value in (number, language.clue_expression(clue))
    ]
    cursor.execute(counted, parameters)
    documents = dict(cursor.fetchall())
    for number, document, often in times:
        worth[document] += worth_of_repeats(every, documents[number], often)
    return worth


def open_audiences(tokens: frozenset[str]) -> tuple[str, list[Any]]:
    """The audiences that holders of these tokens belong to, as SQL and its parameters."""
    rows = Audience.objects.open_to_tokens(sorted(tokens))
    sql, parameters = rows.query.sql_with_params()
    return sql, list(parameters)


class _Asking:
    """One person's questions to the database."""

    def __init__(self, tokens: frozenset[str], filters: Filters):
        self.language = dialect()
        self.tokens = tokens
        self.filters = filters

    def hits(
        self, stage: Stage, *, without: Sequence[str] = (), start: int = 0, size: int = ENOUGH
    ) -> list[Hit]:
        where, parameters = self._where(self.filters, without)
        weight = " ".join(f"WHEN '{state}' THEN {value}" for state, value in STATE_WEIGHT.items())
        language = self.language
        sql = (
            f"SELECT {COLUMNS}, {language.snippet} {language.source} {where} "
            f"ORDER BY {language.rank} * (CASE d.state {weight} ELSE 1 END) DESC, d.id "
            "LIMIT %s OFFSET %s"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [language.expression(stage), *parameters, size, start])
            return [_hit(row) for row in cursor.fetchall()]

    def page(
        self, stage: Stage, *, without: Sequence[str], start: int, size: int
    ) -> tuple[list[Hit], Counts]:
        hits = self.hits(stage, without=without, start=start, size=size) if size else []
        return hits, {facet: self._count(stage, facet) for facet in FACETS}

    def _count(self, stage: Stage, facet: str) -> dict[str, int]:
        """Documents by each value of `facet`, the other filters kept."""
        kept = {name: value for name, value in self.filters.items() if name != facet}
        where, parameters = self._where(Filters(**kept), ())
        sql = f"SELECT d.{facet}, COUNT(*) {self.language.source} {where} GROUP BY d.{facet}"
        with connection.cursor() as cursor:
            cursor.execute(sql, [self.language.expression(stage), *parameters])
            return {value: count for value, count in cursor.fetchall() if value}

    def _where(self, filters: Filters, without: Sequence[str]) -> tuple[str, list[Any]]:
        allowed, values = open_audiences(self.tokens)
        sql = f"AND d.audience_id IN ({allowed})"
        for name, value in filters.items():
            sql += f" AND d.{name} = %s"
            values.append(value)
        if without:
            sql += f" AND d.key NOT IN ({', '.join(['%s'] * len(without))})"
            values.extend(without)
        return sql, values


def _hit(row: tuple) -> Hit:
    key, kind, title, url, pool, author, state, when, snippet = row
    return Hit(key, kind, title, snippet, url, pool, author, state, _moment(when))


def _moment(value: Any) -> Any:
    """SQLite gives moments back as text."""
    if isinstance(value, str):
        return SearchDocument._meta.get_field("when").to_python(value + "+00:00")
    return value
