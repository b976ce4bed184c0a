"""The engine in the product's own database: FTS5 on SQLite, tsvector on PostgreSQL.

The planner's stages are printed as one expression of the database's full-text language; the
audience filter, the facets and the ranking run in the same statement. Words of a plan hold
only letters, marks and digits, and go in as parameters: nothing that a person typed is ever
read as query syntax.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from django.db import connection

from people.models import Audience
from search.analysis import words
from search.engines.base import (
    CLOSING,
    ENOUGH,
    FACETS,
    OPENING,
    STATE_WEIGHT,
    Filters,
    Hit,
    Page,
    Results,
)
from search.models import SearchDocument, SearchTerm
from search.planner import Clause, Plan, Stage, Term

COLUMNS = "d.key, d.kind, d.title, d.url, d.pool, d.author, d.state, d.dated"
MOST_COUNTED = 100_000


class Dialect(Protocol):
    """How one database says: rows that match, their rank, their snippet."""

    source: str  # FROM … WHERE …, with one parameter for the expression
    rank: str
    snippet: str

    def expression(self, stage: Stage) -> str: ...


class SQLite:
    source = (
        "FROM search_fts JOIN search_searchdocument d ON d.id = search_fts.rowid "
        "WHERE search_fts MATCH %s"
    )
    # bm25 is negative, best first; a hit in the title counts twenty times one in the text.
    rank = "-bm25(search_fts, 20.0, 1.0)"
    snippet = f"snippet(search_fts, 1, '{OPENING}', '{CLOSING}', ' … ', 28)"
    rank_parameters = 0

    def expression(self, stage: Stage) -> str:
        clauses = ["(" + " OR ".join(map(self._term, c.terms)) + ")" for c in stage.clauses]
        return (" AND " if stage.every else " OR ").join(clauses)

    def _term(self, term: Term) -> str:
        return '"' + " ".join(term.words) + '"' + ("*" if term.prefix else "")


class PostgreSQL:
    source = (
        "FROM search_searchdocument d, to_tsquery('english', %s) AS query WHERE d.vector @@ query"
    )
    rank = "ts_rank('{0.02, 0.02, 0.02, 1.0}', d.vector, query, 1)"
    snippet = (
        "ts_headline('english', left(d.body, 20000), query, "
        f"'StartSel={OPENING}, StopSel={CLOSING}, MaxWords=28, MinWords=12, MaxFragments=1')"
    )

    def expression(self, stage: Stage) -> str:
        clauses = ["(" + " | ".join(map(self._term, c.terms)) + ")" for c in stage.clauses]
        return (" & " if stage.every else " | ").join(clauses)

    def _term(self, term: Term) -> str:
        quoted = [f"'{word}'" for word in term.words]
        return " <-> ".join(quoted) + (":*" if term.prefix else "")


def dialect() -> Any:
    return {"sqlite": SQLite, "postgresql": PostgreSQL}[connection.vendor]()


class EmbeddedEngine:
    name = "embedded"

    def search(
        self, plan: Plan, *, tokens: frozenset[str], filters: Filters, page: Page
    ) -> Results:
        """Stages until enough is found; later stages add what the earlier ones did not have."""
        language = dialect()
        if not (plan and tokens):  # no token: nobody
            return Results()
        earlier: list[Hit] = []
        for stage in plan.stages[:-1]:
            found = self._hits(language, stage, tokens, filters, (), Page(1, ENOUGH), len(earlier))
            if len(found) >= ENOUGH:
                return self._page(language, stage, tokens, filters, earlier[:0], page)
            seen = {hit.key for hit in earlier}
            earlier += [hit for hit in found if hit.key not in seen]
        return self._page(language, plan.stages[-1], tokens, filters, earlier, page)

    def similar(self, text: str, *, tokens: frozenset[str], kinds: Iterable[str]) -> list[Hit]:
        """By the eight rarest known words of `text`."""
        rare = (
            SearchTerm.objects.filter(term__in=list(dict.fromkeys(words(text)))[:200])
            .order_by("documents")
            .values_list("term", flat=True)[:8]
        )
        clauses = tuple(Clause((Term((word,)),)) for word in rare)
        if not (clauses and tokens):
            return []
        hits: list[Hit] = []
        for kind in kinds:
            stage = Stage(clauses, every=False)
            hits += self._hits(dialect(), stage, tokens, Filters(kind=kind), (), Page(1, 5), 0)
        return hits[:5]

    def _page(
        self,
        language: Any,
        stage: Stage,
        tokens: frozenset[str],
        filters: Filters,
        earlier: list[Hit],
        page: Page,
    ) -> Results:
        first = earlier[page.start : page.start + page.size]
        rest = Page(1, page.size - len(first))
        offset = max(0, page.start - len(earlier))
        hits = first
        if rest.size:
            known = tuple(hit.key for hit in earlier)
            hits = first + self._hits(language, stage, tokens, filters, known, rest, offset)
        counts = {name: self._count(language, stage, tokens, filters, name) for name in FACETS}
        chosen = counts["kind"]
        total = chosen.get(filters.kind, 0) if filters.kind else sum(chosen.values())
        return Results(hits=hits, total=total, counts=counts)

    def _hits(
        self,
        language: Any,
        stage: Stage,
        tokens: frozenset[str],
        filters: Filters,
        without: tuple[str, ...],
        page: Page,
        offset: int,
    ) -> list[Hit]:
        where, parameters = self._where(tokens, filters, without)
        weight = " ".join(f"WHEN '{state}' THEN {value}" for state, value in STATE_WEIGHT.items())
        sql = (
            f"SELECT {COLUMNS}, {language.snippet} {language.source} {where} "
            f"ORDER BY {language.rank} * (CASE d.state {weight} ELSE 1 END) DESC, d.id "
            "LIMIT %s OFFSET %s"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [language.expression(stage), *parameters, page.size, offset])
            return [self._hit(row) for row in cursor.fetchall()]

    def _count(
        self, language: Any, stage: Stage, tokens: frozenset[str], filters: Filters, facet: str
    ) -> dict[str, int]:
        """Documents by each value of `facet`, the other filters kept."""
        others = Filters(**{name: value for name, value in filters.items() if name != facet})
        where, parameters = self._where(tokens, others, ())
        sql = f"SELECT d.{facet}, COUNT(*) {language.source} {where} GROUP BY d.{facet}"
        with connection.cursor() as cursor:
            cursor.execute(sql, [language.expression(stage), *parameters])
            return {value: count for value, count in cursor.fetchall() if value}

    def _where(
        self, tokens: frozenset[str], filters: Filters, without: tuple[str, ...]
    ) -> tuple[str, list[Any]]:
        allowed, parameters = Audience.objects.open_to_tokens(
            sorted(tokens)
        ).query.sql_with_params()
        sql = f"AND d.audience_id IN ({allowed})"
        values: list[Any] = list(parameters)
        for name, value in filters.items():
            sql += f" AND d.{name} = %s"
            values.append(value)
        if without:
            sql += f" AND d.key NOT IN ({', '.join(['%s'] * len(without))})"
            values.extend(without)
        return sql, values

    def _hit(self, row: tuple) -> Hit:
        key, kind, title, url, pool, author, state, when, snippet = row
        return Hit(key, kind, title, snippet, url, pool, author, state, _moment(when))


def _moment(value: Any) -> Any:
    """SQLite gives moments back as text."""
    if isinstance(value, str):
        return SearchDocument._meta.get_field("when").to_python(value + "+00:00")
    return value
