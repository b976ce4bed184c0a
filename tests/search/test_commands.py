"""The search commands, as somebody at a terminal runs them."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from people.audiences import person_token
from people.models import Audience
from search.models import SearchDocument, SearchOutbox
from search.outbox import deliver
from search.rebuilding import rebuild
from tests.factories.people import CentreFactory, PersonFactory
from tests.factories.search import document

pytestmark = pytest.mark.django_db


def run(*arguments) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def asked(*arguments) -> dict:
    return json.loads(run("search_query", *arguments, "--json"))


def test_query_answers_as_everybody_and_as_one_person():
    person = PersonFactory(employee_id="T9001")
    document("topic:1", "Budget of the agency", audience=(person_token(person.pk),))
    document("topic:2", "Budget template", "a <b>budget</b> sheet")
    assert [hit["title"] for hit in asked("budget")["hits"]] == ["Budget template"]
    mine = asked("budget", "--as", "T9001")
    assert {hit["url"] for hit in mine["hits"]} == {"/topic:1/", "/topic:2/"}
    assert (mine["total"], mine["kinds"], mine["engine"]) == (2, {"topic": 2}, "embedded")
    assert asked("budget")["hits"][0]["snippet"].endswith("**budget**</b> sheet")


def test_query_as_somebody_who_left_answers_what_is_public():
    document("topic:1", "Budget template")
    PersonFactory(employee_id="T9001", is_active=False)
    assert asked("budget", "--as", "T9001")["total"] == 0


def test_query_in_words_names_the_engine_and_the_correction():
    document("topic:1", "Gateway does not answer")
    text = run("search_query", "gatewya")
    assert "topic       Gateway does not answer" in text
    assert "Did you mean: gateway" in text
    assert "1 result from the embedded engine" in text


def test_query_refuses_what_does_not_exist():
    with pytest.raises(CommandError, match="Nobody has the employee ID X0000"):
        run("search_query", "x", "--as", "X0000")
    with pytest.raises(CommandError, match="No engine 'elasticsearch' here; there is: embedded"):
        run("search_query", "x", "--engine", "elasticsearch")
    with pytest.raises(CommandError, match="at most 300 letters"):
        run("search_query", "x" * 301)


@pytest.mark.parametrize("text", ["", " ", "\x00", '"', "*", "-", "AND", "༎"])
def test_query_of_no_word_finds_nothing(text):
    document("topic:1", "Gateway")
    assert json.loads(run("search_query", "--json", "--", text))["total"] == 0


def test_both_engines_answer_by_name(elastic):
    document("topic:1", "Marigold printer", pool="NET")
    document("topic:2", "Marigold for heads", audience=("heads",))
    rebuild()
    here, there = (asked("marigold", "--engine", name) for name in ("embedded", "elasticsearch"))
    assert here["hits"] == there["hits"]
    assert (here["total"], here["kinds"]) == (there["total"], there["kinds"]) == (1, {"topic": 1})
    assert asked("marigold")["engine"] == "elasticsearch"


def test_rebuild_says_what_it_made_and_can_be_repeated(elastic):
    CentreFactory(name="Marigold Centre")
    for _ in range(2):
        lines = run("search_rebuild").splitlines()
        assert lines[0] == "1 documents"
        assert lines[1].startswith(f"1 documents in {elastic.alias}-")
    assert len(elastic.client.indices.get(index=f"{elastic.alias}-*")) == 1


def test_check_finds_an_audience_that_was_left_behind():
    """Two stores that differ in a title are a nuisance; in an audience, a leak."""
    centre = CentreFactory(name="Marigold Centre")
    assert "stale                   0" in run("search_check")
    SearchDocument.objects.update(audience=Audience.objects.of("public"))
    out = StringIO()
    with pytest.raises(CommandError, match="differ"):
        call_command("search_check", "--json", stdout=out)
    assert json.loads(out.getvalue())["stale"] == [f"centre:{centre.pk}"]
    run("search_rebuild")
    assert json.loads(run("search_check", "--json")) == {
        "missing": [], "stale": [], "surplus": [], "waiting": 0,
    }  # fmt: skip


def test_check_counts_what_waits_and_does_not_call_it_a_difference(elastic):
    run("search_rebuild")
    CentreFactory()
    report = json.loads(run("search_check", "--json"))
    assert (report["waiting"], report["elasticsearch"]) == (1, [])
    deliver()
    assert json.loads(run("search_check", "--json"))["waiting"] == 0


def test_nothing_is_written_for_elasticsearch_where_there_is_none():
    CentreFactory()
    assert not SearchOutbox.objects.exists()
