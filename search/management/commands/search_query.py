import json

from django.core.management.base import BaseCommand, CommandError

from people.audiences import EVERYONE, PUBLIC
from people.models import User
from search.engines import Page
from search.engines.base import CLOSING, OPENING, EngineDownError
from search.services import LONGEST_QUERY, engines, search


class Command(BaseCommand):
    help = "Answers one query, as everybody or as one person."

    def add_arguments(self, parser):
        parser.add_argument("text")
        parser.add_argument("--as", dest="person", metavar="EMPLOYEE_ID", default="")
        parser.add_argument(
            "--engine", default="", help="embedded or elasticsearch; without it, as on the page"
        )
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, text, person, engine, as_json, **options):
        if engine and engine not in engines():
            raise CommandError(f"No engine {engine!r} here; there is: {', '.join(engines())}.")
        if len(text) > LONGEST_QUERY:
            raise CommandError(f"A query has at most {LONGEST_QUERY} letters.")
        try:
            answer = search(text, tokens=self._tokens(person), page=Page(1, 20), engine=engine)
        except EngineDownError as error:
            raise CommandError(f"{engine} does not answer: {error}") from error
        hits = [
            {
                "kind": hit.kind,
                "title": hit.title,
                "url": hit.url,
                "snippet": hit.snippet.replace(OPENING, "**").replace(CLOSING, "**"),
            }
            for hit in answer.results.hits
        ]
        if as_json:
            report = {
                "query": text,
                "engine": answer.engine,
                "fallback": answer.fallback,
                "total": answer.results.total,
                "kinds": answer.results.counts.get("kind", {}),
                "did_you_mean": answer.did_you_mean,
                "hits": hits,
            }
            self.stdout.write(json.dumps(report, ensure_ascii=False))
            return
        for hit in hits:
            self.stdout.write(f"{hit['kind']:<11} {hit['title'][:80]}\n            {hit['url']}")
        if answer.did_you_mean:
            self.stdout.write(f"Did you mean: {answer.did_you_mean}")
        instead = ", as Elasticsearch does not answer" if answer.fallback else ""
        count = answer.results.total
        results = "1 result" if count == 1 else f"{count} results"
        self.stdout.write(f"{results} from the {answer.engine} engine{instead}")

    def _tokens(self, employee_id: str) -> frozenset[str]:
        if not employee_id:
            return frozenset({PUBLIC, EVERYONE})
        person = User.objects.filter(employee_id=employee_id).first()
        if person is None:
            raise CommandError(f"Nobody has the employee ID {employee_id}.")
        return person.audience_tokens
