"""The Elasticsearch engine against a server that runs: built, fed, changed, rebuilt, asked."""

import elasticsearch
import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command
from django.urls import reverse

from people.models import Audience
from search import index
from search.engines import EmbeddedEngine, Filters, Page
from search.engines.base import CLOSING, OPENING, EngineDownError
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.feed import Feed
from search.models import SearchDocument, SearchOutbox
from search.outbox import deliver
from search.rebuilding import rebuild
from search.services import close_words, search, similar
from tests.factories.people import CentreFactory, PersonFactory, professional
from tests.factories.search import document

pytestmark = pytest.mark.django_db
EVERYONE = frozenset({"public", "everyone"})


def carry(feed: Feed) -> int:
    """One round of the worker, and what it brought can be found."""
    done = deliver()
    feed.client.indices.refresh(index=feed.alias)
    return done


def found(text, tokens=EVERYONE, **options):
    answer = search(text, tokens=tokens, **options)
    assert (answer.engine, answer.fallback) == ("elasticsearch", False)
    return [hit.key for hit in answer.results.hits]


@pytest.fixture
def filled(elastic):
    rebuild()
    return elastic


def test_a_rebuild_makes_the_index_that_the_page_asks(elastic, signed_in):
    document("topic:1", "Switch drops packets", "It began at noon.")
    made = rebuild()
    assert (made.documents, made.refused, made.resumed) == (1, {}, False)
    assert elastic.live() == [made.index]
    response = signed_in(PersonFactory()).get(reverse("search:page"), {"q": "switch"})
    text = response.content.decode()
    assert "Switch drops packets" in text
    assert "built-in search" not in text


def test_a_change_travels_through_the_outbox(filled):
    document("topic:1", "Marigold printer")
    assert SearchOutbox.objects.count() == 1
    assert carry(filled) == 1
    assert found("marigold") == ["topic:1"]
    assert SearchOutbox.objects.count() == 0


def test_an_update_replaces_and_a_deletion_takes_out(filled):
    centre = CentreFactory(name="Marigold Centre")
    carry(filled)
    centre.name = "Juniper Centre"
    centre.save()
    carry(filled)
    assert (found("marigold"), found("juniper")) == ([], [f"centre:{centre.pk}"])
    key = f"centre:{centre.pk}"
    centre.delete()
    carry(filled)
    assert key not in filled.versions()


def test_what_went_and_came_back_for_fewer_people_is_shown_to_them_alone(filled):
    """Its version must not begin at 1 again, or the index keeps the text and the old audience."""
    document("topic:1", "Zircon tender", audience=("everyone",))
    carry(filled)
    index._delete(SearchDocument.objects.filter(key="topic:1"))
    carry(filled)
    document("topic:1", "Zircon tender", audience=("heads",))
    carry(filled)
    assert found("zircon") == []
    assert found("zircon", frozenset({"heads"})) == ["topic:1"]


def test_gone_and_back_in_one_batch_is_there(filled):
    document("topic:1", "Zircon tender")
    index._delete(SearchDocument.objects.filter(key="topic:1"))
    document("topic:1", "Zircon award")
    assert carry(filled) == 3
    assert found("award") == ["topic:1"]


def test_a_late_message_never_replaces_a_newer_one(filled):
    document("topic:1", "Old title")
    old = SearchDocument.objects.select_related("audience").get(key="topic:1")
    SearchDocument.objects.filter(pk=old.pk).update(title="New title", version=old.version + 1)
    new = SearchDocument.objects.select_related("audience").get(key="topic:1")
    assert filled.send([new], {}).done == {"topic:1"}
    assert filled.send([old], {}).done == {"topic:1"}  # stale: nothing is left to do
    filled.client.indices.refresh(index=filled.alias)
    assert found("new") == ["topic:1"]
    assert found("old") == []


def test_before_the_first_rebuild_nothing_is_lost_and_no_index_is_guessed(elastic):
    document("topic:1", "Early bird")
    assert deliver() == 0
    assert SearchOutbox.objects.count() == 1
    assert not elastic.client.indices.exists(index=elastic.alias)
    assert search("early", tokens=EVERYONE).fallback


def test_a_write_that_meets_no_alias_makes_no_index(elastic):
    document("topic:1", "Early bird")
    rows = SearchDocument.objects.select_related("audience")
    result = elastic.send(rows, {})
    assert result.later.keys() == {"topic:1"}
    assert not elastic.client.indices.exists(index=elastic.alias)


def test_a_document_that_is_refused_waits_and_holds_up_nobody(filled):
    """Only the index knows what it refuses; here it was made with a narrower field."""
    name = f"{filled.alias}-00000000-20260101000000000000"
    filled.client.indices.create(
        index=name,
        mappings={"dynamic": "strict", "properties": {"key": {"type": "keyword"}}},
    )
    filled.move_alias(name)
    document("topic:1", "Refused")
    assert carry(filled) == 0
    row = SearchOutbox.objects.get()
    assert (row.attempts, row.error[:3]) == (1, "400")
    assert row.due > row.created
    rebuild()
    SearchOutbox.objects.update(due=row.created)
    assert carry(filled) == 1
    assert found("refused") == ["topic:1"]


# --- What a person may see ---------------------------------------------------------------


def test_the_audience_is_filtered_in_hits_counts_pages_and_corrections(filled):
    for number in range(7):
        document(f"topic:{number}", f"Zircon {number}", audience=("heads",), pool="NET")
    document("unit:1", "Zircon for all", kind="unit")
    carry(filled)
    results = search("zircon", tokens=EVERYONE).results
    assert [hit.key for hit in results.hits] == ["unit:1"]
    assert (results.total, results.counts) == (1, {"kind": {"unit": 1}, "pool": {}})
    assert search("zircon 3", tokens=EVERYONE).results.total == 1
    assert found("zircon", frozenset()) == []
    assert similar("zircon 3", tokens=EVERYONE, kinds=("topic", "unit"))[0].key == "unit:1"
    SearchDocument.objects.filter(key="unit:1").delete()
    assert search("zirkon", tokens=EVERYONE).did_you_mean == ""


def test_an_audience_that_shrinks_is_followed(filled):
    document("topic:1", "Zircon tender")
    carry(filled)
    known = SearchDocument.objects.get(key="topic:1")
    heads = Audience.objects.of("heads")
    index._write(document_of(known, audience=heads), known)
    carry(filled)
    assert found("zircon") == []


def document_of(row, *, audience):
    return index.Document(
        key=row.key, kind=row.kind, title=row.title, body=row.body, url=row.url,
        audience=audience, when=row.when,
    )  # fmt: skip


def test_nobody_is_the_audience_of_a_document_without_tokens(filled):
    document("topic:1", "Zircon", audience=())
    carry(filled)
    assert found("zircon", frozenset({"everyone", "heads", ""})) == []


# --- Hits ----------------------------------------------------------------------------------


def test_kinds_and_pools_are_counted_and_filtered(filled):
    for number in range(3):
        document(f"topic:{number}", f"Router {number}", pool="NET")
    document("topic:9", "Router 9", pool="SEC")
    document("unit:1", "Router basics", kind="unit")
    carry(filled)
    results = search("router", tokens=EVERYONE, filters=Filters(kind="topic")).results
    assert results.counts == {"kind": {"topic": 4, "unit": 1}, "pool": {"NET": 3, "SEC": 1}}
    assert results.total == 4
    assert found("router", filters=Filters(kind="topic", pool="SEC")) == ["topic:9"]


def test_found_words_are_marked_and_a_hit_without_them_shows_its_beginning(filled):
    document("topic:1", "Cable", "Long ago. " * 40 + "The needles were here. " + "Later. " * 40)
    document("topic:2", "Needle", "Nothing of that word.")
    carry(filled)
    snippets = {hit.key: hit.snippet for hit in search("needle", tokens=EVERYONE).results.hits}
    assert f"{OPENING}needles{CLOSING}" in snippets["topic:1"]
    assert len(snippets["topic:1"]) < 250
    assert snippets["topic:2"] == "Nothing of that word."


def test_markup_in_a_text_stays_text(filled, signed_in):
    document("topic:1", "A <b>title</b>", "the <script>alert(1)</script> needle is here")
    carry(filled)
    response = signed_in(PersonFactory()).get(reverse("search:page"), {"q": "needle"})
    text = response.content.decode()
    assert "<mark>needle</mark>" in text
    assert "<script>alert" not in text


def test_dzongkha_by_syllable_and_pair(filled):
    document("topic:1", "འབྲུག་ཡུལ་ ཡོངས་འབྲེལ", "ཡོངས་འབྲེལ་མེདཔ།")
    document("topic:2", "ཐིམ་ཕུག", "འབྲེལ")
    carry(filled)
    assert found("ཡོངས་འབྲེལ")[0] == "topic:1"
    assert found("ཐིམ") == ["topic:2"]
    snippet = search("འབྲུག་ཡུལ", tokens=EVERYONE).results.hits[0].snippet
    assert "ཡོངས་འབྲེལ" in snippet


def test_solved_rises_and_obsolete_sinks(filled):
    document("topic:1", "Proxy setting", state="obsolete")
    document("topic:2", "Proxy setting", state="current")
    document("topic:3", "Proxy setting", state="solved")
    carry(filled)
    assert found("proxy") == ["topic:3", "topic:2", "topic:1"]


def test_pages_do_not_repeat_or_miss(filled):
    for number in range(45):
        document(f"topic:{number}", f"Cable {number}" if number > 2 else f"Cable tester {number}")
    carry(filled)
    keys = [key for page in (1, 2, 3) for key in found("cable tester", page=Page(page, 20))]
    assert len(keys) == len(set(keys)) == 45
    assert set(keys[:3]) == {"topic:0", "topic:1", "topic:2"}


def test_a_word_of_200000_letters_is_no_reason_to_refuse(filled):
    document("topic:1", "Endless", "x" * 200_000)
    assert carry(filled) == 1
    assert found("endless") == ["topic:1"]


@pytest.mark.parametrize("found_here", [1, 30])
def test_the_page_asks_the_database_as_often_for_1_hit_as_for_30(
    filled, signed_in, django_assert_num_queries, found_here
):
    for number in range(found_here):
        document(f"topic:{number}", f"Cable {number}")
    carry(filled)
    client = signed_in(professional())
    with django_assert_num_queries(9):
        response = client.get(reverse("search:page"), {"q": "cable"})
    assert response.content.count(b"list__title") == min(found_here, 20)


# --- Rebuilding ----------------------------------------------------------------------------


def test_a_second_rebuild_swaps_and_drops_the_first(filled):
    first = filled.live()
    document("topic:1", "Marigold")
    made = rebuild()
    assert filled.live() == [made.index] != first
    assert list(filled.client.indices.get(index=f"{filled.alias}-*")) == [made.index]
    assert found("marigold") == ["topic:1"]


def test_a_stopped_rebuild_goes_on_where_it_stopped(filled, monkeypatch):
    for number in range(12):
        document(f"topic:{number}", f"Cable {number}")
    monkeypatch.setattr("search.rebuilding.CHUNK", 5)
    lines = []

    def stop_after_two(line):
        lines.append(line)
        if line.endswith("10 of 12"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(stop_after_two)
    left = filled.unfinished()
    assert len(filled.versions(left)) == 10
    assert found("cable") == []  # the old index answers until the new one is whole
    SearchDocument.objects.filter(key="topic:0").delete()
    made = rebuild(lines.append)
    assert (made.index, made.resumed, made.documents) == (left, True, 11)
    assert lines[-1] == "elasticsearch: 2 of 2"
    assert len(found("cable")) == 11


def test_what_changes_while_an_index_is_built_is_in_it(filled):
    """The worker goes on carrying, to the old index: its outbox rows are gone by the swap."""
    document("topic:1", "Marigold tender")
    document("topic:2", "Juniper")
    changed = []

    def change_in_the_middle(line):
        if line.endswith("2 of 2") and not changed:
            changed.append(line)
            known = SearchDocument.objects.get(key="topic:1")
            index._write(document_of(known, audience=Audience.objects.of("heads")), known)
            index._delete(SearchDocument.objects.filter(key="topic:2"))
            document("topic:3", "Saffron")
            deliver()

    made = rebuild(change_in_the_middle)
    assert changed
    assert SearchOutbox.objects.count() == 0
    filled.client.indices.refresh(index=filled.alias)
    assert made.documents == 2
    assert (found("marigold"), found("juniper"), found("saffron")) == ([], [], ["topic:3"])


def test_what_is_carried_right_before_the_swap_is_not_lost(filled, monkeypatch):
    """It went to the old index, after the last comparison of the new one."""
    document("topic:1", "Marigold tender")
    move = Feed.move_alias

    def narrow_it_first(feed, name):
        known = SearchDocument.objects.get(key="topic:1")
        index._write(document_of(known, audience=Audience.objects.of("heads")), known)
        deliver()
        move(feed, name)

    monkeypatch.setattr(Feed, "move_alias", narrow_it_first)
    rebuild()
    assert SearchOutbox.objects.count() == 0
    filled.client.indices.refresh(index=filled.alias)
    assert found("marigold") == []


def test_an_index_that_a_newer_database_left_is_not_gone_on_with(filled):
    document("topic:1", "From the future", audience=("everyone",))
    left = filled.create()
    row = SearchDocument.objects.select_related("audience").get()
    row.version += 10**9
    filled.send([row], {}, index=left)
    made = rebuild()
    assert (made.resumed, made.documents) == (False, 1)
    assert not filled.client.indices.exists(index=left)


def test_an_index_made_by_hand_under_the_name_of_the_alias_gives_way(elastic):
    elastic.client.indices.create(index=elastic.alias)
    made = rebuild()
    assert elastic.live() == [made.index]


def test_indexes_of_others_with_a_like_name_stay(elastic):
    other = f"{elastic.alias}-archive"
    elastic.client.indices.create(index=other)
    rebuild()
    assert elastic.client.indices.exists(index=other)


def test_check_compares_elasticsearch_with_the_documents(filled, capsys):
    CentreFactory()
    call_command("search_rebuild")
    carry(filled)
    call_command("search_check")
    key = SearchDocument.objects.values_list("key", flat=True).first()
    filled.client.delete(index=filled.alias, id=key)
    with pytest.raises(CommandError, match="differ"):
        call_command("search_check", as_json=True)
    assert f'"elasticsearch": ["{key}"]' in capsys.readouterr().out


def test_check_names_an_index_of_an_older_release(filled):
    name = f"{filled.alias}-00000000-20260101000000000000"
    filled.client.indices.create(index=name)
    filled.move_alias(name)
    with pytest.raises(CommandError, match="differ"):
        call_command("search_check")


# --- The same as the embedded engine -----------------------------------------------------


@pytest.fixture
def starter(filled):
    call_command("load_starter")
    call_command("search_rebuild")
    return filled


QUERIES = """
network
dhcp
dhcp runs out
DHCP hands out no more addresses
wifi
wireless access point
vlan
192.168.10.0
169.254
printer
printing
printer paper
scan
password
pasword
passwrod reset
the line is down
line down
satellite
satelite line
backup restore
restoring
requirements excel
excel
vendor late
vendor is three months late
contract
certificate
cash count
how do I close the centre
opening and closing
security incident
phishing
latency
gps
gnss
project management
NET-05
officer networking
Dorona
Officer 061
conectivity
connecti
polici
meeting decision
handover folder
དོ་རོ་ན
འབྲུག་ཡུལ
ཡོངས་འབྲེལ
ཐིམ་ཕུག
Thimphu ཐིམ་ཕུག
zzzqqq
how to
a
x
e
2.4.1
srv1.moic.gov.bt
" OR 1=1 --
network network network
solar power centre kengkhar
""".strip().splitlines()
PEOPLE = ("ICT0244", "OPR015", "ICT0010", "ICT0263")


def test_both_engines_find_the_same_in_the_starter_content(starter, monkeypatch):
    """The whole set of every query, its counts and its total, for four people and a visitor."""
    monkeypatch.setattr("search.engines.elasticsearch.PAGE_TIMEOUT", 60)  # nobody waits here
    from people.models import User  # noqa: PLC0415

    people = [User.objects.get(employee_id=employee_id) for employee_id in PEOPLE]
    holders = [person.audience_tokens for person in people] + [frozenset({"public"})]
    engines = EmbeddedEngine(), ElasticsearchEngine(settings.ELASTICSEARCH_URL)
    differences, most = [], 0
    for text in QUERIES:
        for tokens in holders:
            here, there = (whole(engine, text, tokens) for engine in engines)
            most = max(most, len(here[0]))
            if here != there:
                differences.append((text, sorted(here[0] ^ there[0]), here[1:], there[1:]))
    assert differences == []
    assert most > 60
    assert len(QUERIES) > 50


def whole(engine, text, tokens):
    from search.planner import make_plan  # noqa: PLC0415

    plan = make_plan(text, close_words=close_words)
    results = engine.search(plan, tokens=tokens, filters=Filters(), page=Page(1, 900))
    keys = [hit.key for hit in results.hits]
    assert len(keys) == len(set(keys))
    return set(keys), results.total, results.counts


def test_a_named_engine_that_is_down_is_not_replaced(elastic):
    with pytest.raises(EngineDownError):
        search("x", tokens=EVERYONE, engine="elasticsearch")


def test_the_server_to_try_is_of_the_version_of_the_client():
    compose = yaml.safe_load((settings.BASE_DIR / "compose.yaml").read_text())
    service = compose["services"]["elasticsearch"]
    assert service["image"].rsplit(":", 1)[1] == elasticsearch.__versionstr__
    assert service["ports"] == ["127.0.0.1:9200:9200"]  # it has no password
