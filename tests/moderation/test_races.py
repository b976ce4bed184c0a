"""Many at once: one flag each, one hiding, as many posts as the rate allows, one membership."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from competencies.services import record_evidence
from forums import membership, serving
from forums import services as forums
from forums.models import Post
from moderation import services
from moderation.limits import TooManyError
from moderation.models import Act, Case, Flag
from tests.factories.courses import CompetencyFactory
from tests.factories.forums import answer, pool, topic
from tests.factories.forums import serving as serves
from tests.factories.people import professional
from tests.races import at_once, errors, in_a_process


def flag_race() -> dict:
    """Fifty people flag one post, each twice, all at once; what is in the database then."""
    post = answer(topic())
    people = [professional() for _ in range(50)]

    def flag(person):
        for _ in range(2):
            services.flag("post", post.pk, person=person, why="spam")

    failed = errors(at_once([lambda person=person: flag(person) for person in people]))
    post.refresh_from_db()
    return {
        "errors": [repr(error) for error in failed],
        "cases": Case.objects.count(),
        "flags": Flag.objects.count(),
        "people": Flag.objects.values("person").distinct().count(),
        "flagged": Act.objects.filter(verb="flag").count(),
        "hidings": Act.objects.filter(verb="hide_by_flags").count(),
        "hidden": post.hidden_at is not None,
        "told": post.author.notices.filter(title__startswith="Hidden").count(),
    }


def rate_race() -> dict:
    """One person sends forty replies at once; how many are there, how many were refused."""
    asked, author = topic(), professional()

    def reply():
        forums.reply(asked, author=author, body="At once.", cid=uuid.uuid4())

    failed = errors(at_once([reply] * 40))
    return {
        "posts": Post.objects.filter(author=author).count(),
        "refused": sum(isinstance(error, TooManyError) for error in failed),
        "errors": [repr(row) for row in failed if not isinstance(row, TooManyError)],
    }


def pool_race() -> dict:
    """One person presses "serve" and "I am away" twenty times at once, the days overlapping."""
    net, person = pool(), professional()
    competency = CompetencyFactory()
    level = competency.framework.levels.first()
    serving.add_entry(net, by=serves(net, "lead"), competency=competency, level=level)
    record_evidence(person=person, competency=competency, level=level, kind="course", source=person)
    membership.join(net, person=person)
    today = timezone.localdate()

    def be_away(days):
        serving.add_absence(person, starts=today, ends=today + timedelta(days=days))

    jobs = [lambda: serving.join_as_expert(net, person=person)] * 20
    jobs += [lambda days=days: be_away(days) for days in range(20)]
    failed = errors(at_once(jobs))
    return {
        "errors": [repr(row) for row in failed if not isinstance(row, serving.OverlapError)],
        "overlaps": len(failed),
        "absences": person.absences.count(),
        "open": list(net.memberships.open().filter(person=person).values_list("role", flat=True)),
        "rows": net.memberships.filter(person=person).count(),
    }


POOL = {"errors": [], "overlaps": 19, "absences": 1, "open": ["expert"], "rows": 2}
FLAGS = {
    "errors": [],
    "cases": 1,
    "flags": 50,
    "people": 50,
    "flagged": 50,
    "hidings": 1,
    "hidden": True,
    "told": 1,
}
RATES = {"posts": 12, "refused": 28, "errors": []}


@pytest.mark.parametrize(
    ("race", "outcome"), [(flag_race, FLAGS), (rate_race, RATES), (pool_race, POOL)]
)
class TestRace:
    @pytest.mark.postgresql
    @pytest.mark.usefixtures("django_db_serialized_rollback", "transactional_db")
    @pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
    def test_on_postgresql(self, race, outcome):
        assert race() == outcome

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="needs SQLite")
    def test_on_sqlite(self, race, outcome, django_db_setup, tmp_path):
        """On a database in a file, as the product runs it: the tests' own has one connection."""
        assert in_a_process(race, tmp_path) == outcome
