"""An older forum comes in, safe to repeat, and goes out again as it came."""

import io
import json
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from competencies.models import Evidence
from forums import services
from forums.models import Post, Topic
from notifications.models import Notice
from people.models import User
from tests.factories.forums import answer, pool, topic
from tests.factories.people import professional

pytestmark = pytest.mark.django_db


def line(**fields):
    return {
        "cid": "old-1",
        "title": "Printer at the counter",
        "body": "It prints **blank** pages.",
        "author": "Karma from the old list",
        "created": "2015-03-01T09:00:00+06:00",
        "tags": ["Printer", "hardware"],
        "replies": [
            {"body": "Change the drum.", "author": "Somebody", "created": "2015-03-02T09:00:00Z",
             "accepted": True},
            {"cid": "old-1-2", "body": "It works.", "author": "Karma from the old list",
             "created": "2015-03-03T09:00:00Z"},
        ],
    } | fields  # fmt: skip


@pytest.fixture
def bring(tmp_path):
    """A function that runs the command over lines (values, or bytes as they are)."""

    def run(*lines, pool="net", **options):
        path = tmp_path / "old.jsonl"
        rows = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in lines]
        path.write_bytes(b"\n".join(rows))
        out, code = io.StringIO(), 0
        try:
            call_command("import_topics", path, pool=pool, as_json=True, stdout=out,
                         stderr=io.StringIO(), **options)  # fmt: skip
        except SystemExit as error:
            code = error.code
        return code, json.loads(out.getvalue())

    return run


def give(slug="net"):
    out = io.StringIO()
    call_command("export_topics", pool=slug, stdout=out, stderr=io.StringIO())
    return [json.loads(row) for row in out.getvalue().split("\n")[:-1]]


def test_a_topic_comes_in_with_names_and_no_people(bring, signed_in):
    pool()
    people = User.objects.count()
    code, document = bring(line())
    assert (code, document["counts"]) == (0, {"taken": 1, "unchanged": 0, "refused": 0})
    assert document["rows"] == [
        {"line": 1, "cid": "old-1", "outcome": "taken", "reason": "", "message": ""}
    ]
    assert (document["file"], document["pool"], document["dry_run"]) == ("old.jsonl", "net", False)
    asked = Topic.objects.get()
    page = signed_in(professional()).get(asked.get_absolute_url()).content.decode()
    assert "Karma from the old list" in page
    assert "<strong>blank</strong>" in page
    assert "Accepted answer" in page
    assert User.objects.count() == people + 1  # the reader
    assert not Notice.objects.exists()


def test_again_changes_nothing_and_says_so(bring):
    pool()
    bring(line())
    _code, document = bring(line(), line(cid="old-2", replies=[]))
    assert [row["outcome"] for row in document["rows"]] == ["unchanged", "taken"]
    assert (Topic.objects.count(), Post.objects.count()) == (2, 4)


def test_a_dry_run_says_the_same_and_writes_nothing(bring):
    pool()
    _code, dry = bring(line(), line(), dry_run=True)
    assert not Topic.objects.exists()
    _code, wet = bring(line(), line())
    assert dry["rows"] == wet["rows"]
    assert [row["reason"] for row in wet["rows"]] == ["", "doubled_cid"]


def test_the_same_cid_with_other_content_is_refused(bring):
    pool()
    bring(line())
    code, document = bring(line(body="Something else."))
    assert (code, document["rows"][0]["reason"]) == (1, "cid_reused")
    assert Post.objects.get(number=1).body == "It prints **blank** pages."


def test_people_of_the_registry_are_the_authors_and_earn_no_evidence(bring):
    net = pool()
    asker, expert = professional(), professional()
    net.memberships.create(person=expert, role="expert")
    expert.email = "expert@example.bt"
    expert.save()
    reply = {"body": "Yes.", "author": "The Expert <Expert@example.bt>", "accepted": True,
             "created": "2016-01-01T00:00:00Z"}  # fmt: skip
    bring(line(author=asker.employee_id.lower(), replies=[reply]))
    asked = Topic.objects.get()
    assert asked.asker == asker
    accepted = asked.posts.accepted().get()
    assert (accepted.author, accepted.author_name) == (expert, "")
    assert not Evidence.objects.exists()


def test_no_page_gives_the_address_of_a_mailing_list_away(bring, signed_in):
    pool()
    bring(line(author="old.friend@example.org"))
    page = signed_in(professional()).get(Topic.objects.get().get_absolute_url()).content.decode()
    assert "old.friend" in page
    assert "example.org" not in page


NUL = "a\x00b"
BAD = {
    "bad_json": b'{"cid": ',
    "not_utf8": b'{"cid": "\xff"}',
    "not_an_object": b"[1]",
    "missing": {"cid": "x"},
    "wrong_type": line(title=["x"]),
    "naive_date": line(created="2015-03-01T09:00:00"),
    "bad_date": line(created="last Tuesday"),
    "odd_date": line(created="2999-01-01T00:00:00Z"),
    "control_characters": line(body=NUL),
    "too_long": line(body="x" * 100_000),
    "empty": line(title="  "),
    "two_accepted": line(replies=[line()["replies"][0] | {"cid": name} for name in "ab"]),
    "doubled_cid": line(replies=[line()["replies"][0] | {"cid": "a"} for _ in "ab"]),
    "wrong_kind": line(kind={"a": 1}),
    "doubled_field": b'{"cid": "a", "cid": "b"}',
    "accepted_in_discussion": line(kind="discussion"),
}


@pytest.mark.parametrize("reason", BAD)
def test_what_is_wrong_is_named_by_line_and_the_rest_is_taken(bring, reason):
    pool()
    code, document = bring(BAD[reason], b"", line(cid="good", replies=[]))
    assert [(row["line"], row["reason"]) for row in document["rows"]] == [(1, reason), (3, "")]
    assert document["rows"][0]["message"]
    assert (code, Topic.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    "row",
    [
        b"[" * 100_000,
        b'{"cid": 1' + b"0" * 10_000 + b"}",
        line(created="0001-01-01T00:00:00+14:00"),
        line(created="9999-12-31T23:59:59-14:00"),
        line(created=float("nan")),
        line(replies={"a": 1}),
        line(replies=[1]),
        line(tags="dhcp"),
        line(tags=[None]),
        line(body="\ud800"),
        line(cid="\x00"),
        line(cid=7),
        b"x" * (5 * 2**20),
    ],
    ids=str,
)
def test_nothing_is_a_traceback(bring, row):
    pool()
    code, document = bring(row)
    assert (code, document["counts"]["refused"]) == (1, 1)
    assert not Topic.objects.exists()


def test_wrong_usage_is_exit_two(tmp_path):
    for pool_name, path in (("none", tmp_path), ("a\x00", tmp_path), ("net", tmp_path / "gone")):
        with pytest.raises(CommandError) as caught:
            call_command("import_topics", path, pool=pool_name)
        assert caught.value.returncode == 2
    with pytest.raises(CommandError):
        call_command("export_topics", pool="none")


WORDS = st.text(
    st.characters(blacklist_categories=["Cc", "Cs"]), min_size=1, max_size=30
).filter(lambda text: text.strip())  # fmt: skip
NEW_YEAR = datetime.fromisoformat("2000-01-01T00:00:00+06:00")
MOMENTS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=9000)).map(
    lambda after: (NEW_YEAR + after).isoformat()
)
REPLIES = st.lists(
    st.fixed_dictionaries(
        {"body": WORDS, "author": WORDS, "created": MOMENTS},
        optional={"accepted": st.just(False)},
    ),
    max_size=3,
)
TOPICS = st.lists(
    st.fixed_dictionaries(
        {"cid": st.uuids().map(str) | WORDS, "title": WORDS, "body": WORDS, "author": WORDS,
         "created": MOMENTS, "tags": st.lists(WORDS, max_size=3), "replies": REPLIES},
        optional={"kind": st.sampled_from(["question", "discussion"])},
    ),
    max_size=3,
    unique_by=lambda row: row["cid"].strip(),
)  # fmt: skip


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=TOPICS)
def test_what_came_in_goes_out_equal_and_comes_in_unchanged(bring, rows):
    Post.objects.all().delete()
    Topic.objects.all().delete()
    if not services.ExpertPool.objects.exists():
        pool()
    _code, document = bring(*rows)
    assert document["counts"]["refused"] == 0, document
    out = give()
    by_cid = {row["cid"]: row for row in rows}
    assert {row["cid"]: row for row in out} == by_cid
    _code, document = bring(*out)
    assert document["counts"] == {"taken": 0, "unchanged": len(rows), "refused": 0}


def test_what_was_said_here_goes_out_and_comes_in_unchanged(bring):
    net = pool()
    asked = topic(net, tags=["dhcp"])
    post = answer(asked)
    services.accept_answer(post, by=asked.asker)
    bring(line())
    brought = Topic.objects.get(asker=None)
    answer(brought)
    out = give()
    assert out[0]["replies"][2]["author"] == brought.posts.get(number=4).author.employee_id
    assert out[1]["replies"][0]["accepted"] is True
    before = list(Post.objects.values_list("pk", "body"))
    _code, document = bring(*out)
    assert document["counts"] == {"taken": 0, "unchanged": 2, "refused": 0}
    assert list(Post.objects.values_list("pk", "body")) == before
