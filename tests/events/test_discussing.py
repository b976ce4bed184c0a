"""A talk with its live sessions: questions, answers, their second in the recording; its topic."""

import uuid

import pytest
from django.urls import reverse

from events.models import ListeningPlace, SessionStart, TalkTopic
from forums.models import Topic
from live.models import Question
from people.models import Audience
from tests.factories.events import TalkFactory, handed_in
from tests.factories.live import ask, do, make_pool, make_session
from tests.factories.people import professional

pytestmark = pytest.mark.django_db
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(200)


@pytest.fixture
def talk():
    return TalkFactory(speakers=[professional()], pool=make_pool())


def answered(session, body: str, **how) -> Question:
    row = Question.objects.get(pk=ask(session, body=body))
    do(session, session.host, "mod.answered", q=row.pk, rev=row.rev, **how)
    return row


@pytest.fixture
def held(talk):
    """A closed session about the talk: a question answered live, one in writing, one owed."""
    session = make_session(about=talk.get_absolute_url(), pool=talk.pool, title="On the lines")
    answered(session, "How long do batteries last?", how="live", timecode=70)
    answered(session, "Who pays for a second line?", how="written", answer="The agency pays.")
    ask(session, body="What about satellite lines?")
    dismissed = Question.objects.get(pk=ask(session, body="Dismissed and gone?"))
    do(session, session.host, "mod.dismiss", q=dismissed.pk, rev=dismissed.rev, reason="Off topic")
    do(session, session.host, "sess.close")
    return session


def page_of(talk) -> str:
    return reverse("events:recording", args=[talk.edition.slug, talk.slug])


def test_questions_of_live_sessions_stand_with_their_answers_and_as_chapters(talk, held, signed_in):
    handed_in(talk, MP4, kind="recording", title="talk.mp4")
    speaker, reader = signed_in(talk.speakers.get()), signed_in(professional())
    page = reader.get(talk.get_absolute_url()).content.decode()
    for text in ("On the lines", "How long do batteries", "The agency pays.", "satellite lines"):
        assert text in page
    assert "Dismissed and gone" not in page
    owed = held.questions.get(answered_how="owed")
    assert owed.topic.get_absolute_url() in page
    assert "Listen at" not in page  # nobody has said where it begins
    assert "batteries" not in reader.get(page_of(talk)).content.decode()

    address = reverse("events:set_start", args=[talk.edition.slug, talk.slug, held.pk])
    assert reader.post(address, {"second": "25:10"}).status_code == 403
    wrong = speaker.post(address, {"second": "25.10"})
    assert (wrong.status_code, 'value="25.10"' in wrong.content.decode()) == (422, True)
    for _time in range(2):
        assert speaker.post(address, {"second": "25:10"}).status_code == 302
    assert SessionStart.objects.get().second == 1510
    first = held.questions.get(timecode=70)
    recording = reader.get(page_of(talk)).content.decode()
    assert 'data-second="1580">26:20</a>' in recording
    assert f"{talk.get_absolute_url()}#question-{first.pk}" in recording
    page = reader.get(talk.get_absolute_url()).content.decode()
    assert f'href="{page_of(talk)}?t=1580"' in page
    assert 'value="25:10"' in speaker.get(page_of(talk)).content.decode()
    speaker.post(address, {"second": ""})
    assert not SessionStart.objects.exists()


def test_a_recording_goes_on_where_it_was_left_on_any_computer(talk, signed_in, client):
    handed_in(talk, MP4, kind="recording", title="talk.mp4")
    reader, other = professional(), professional()
    address = reverse("events:keep_place", args=[talk.edition.slug, talk.slug])
    assert client.post(address, {"second": 754}).status_code == 302
    for second in (100, 754, 754):
        assert signed_in(reader).post(address, {"second": second}).status_code == 204
    assert ListeningPlace.objects.get().second == 754
    for wrong in ({}, {"second": "x"}, {"second": -1}, {"second": 10**9}):
        assert signed_in(reader).post(address, wrong).status_code == 400
    page = signed_in(reader).get(page_of(talk)).content.decode()
    assert 'href="?t=754" data-second="754">Continue at 12:34</a>' in page
    assert "Continue at" not in signed_in(reader).get(f"{page_of(talk)}?t=5").content.decode()
    assert "Continue at" not in signed_in(other).get(page_of(talk)).content.decode()
    signed_in(reader).post(address, {"second": 0})  # heard to the end
    assert not ListeningPlace.objects.exists()
    hidden = TalkFactory(audience=Audience.objects.of("heads"))
    refused = reverse("events:keep_place", args=[hidden.edition.slug, hidden.slug])
    assert signed_in(reader).post(refused, {"second": 1}).status_code == 404


def test_who_may_not_know_of_a_session_sees_nothing_of_it_at_the_talk(talk, signed_in):
    session = make_session(
        about=talk.get_absolute_url(), pool=talk.pool, audience="heads", title="For heads"
    )
    answered(session, "A question for heads only?", how="live", timecode=70)
    SessionStart.objects.create(talk=talk, session=session, second=0)
    handed_in(talk, MP4, kind="recording", title="talk.mp4")
    reader, speaker = signed_in(professional()), signed_in(talk.speakers.get())
    for address in (talk.get_absolute_url(), page_of(talk)):
        page = reader.get(address).content.decode()
        assert "heads only" not in page
        assert "For heads" not in page
    address = reverse("events:set_start", args=[talk.edition.slug, talk.slug, session.pk])
    assert speaker.post(address, {"second": "0:10"}).status_code == 404
    other = make_session(pool=talk.pool, title="About nothing")
    address = reverse("events:set_start", args=[talk.edition.slug, talk.slug, other.pk])
    assert speaker.post(address, {"second": "0:10"}).status_code == 404


@pytest.mark.parametrize("questions", [1, 12])
def test_a_talk_takes_the_same_queries_for_any_number_of_questions(
    talk, signed_in, django_assert_num_queries, questions
):
    session = make_session(about=talk.get_absolute_url(), pool=talk.pool)
    for number in range(questions):
        answered(session, f"Which battery is number {number}?", how="owed")
    reader = signed_in(professional())
    reader.get(talk.get_absolute_url())  # addresses of pages are kept in the cache
    with django_assert_num_queries(26):
        page = reader.get(talk.get_absolute_url()).content.decode()
    assert page.count("Followed up in the pool") == questions


def test_a_talk_is_discussed_in_one_topic_whoever_begins(talk, signed_in, client):
    first, second = professional(), professional()
    address = reverse("events:discuss", args=[talk.edition.slug, talk.slug])
    form = {"body": "What about batteries?", "cid": str(uuid.uuid4())}
    assert client.post(address, form)["Location"].startswith("/accounts/login/")
    page = signed_in(first).get(talk.get_absolute_url()).content.decode()
    assert f'action="{address}"' in page
    assert signed_in(first).post(address, {**form, "body": ""}).status_code == 422
    for _time in range(2):
        assert signed_in(first).post(address, form).status_code == 302
    topic = TalkTopic.objects.get().topic
    assert (topic.kind, topic.audience, topic.pool) == ("discussion", talk.audience, talk.pool)
    assert talk.get_absolute_url() in topic.posts.get().body
    again = signed_in(first).post(address, form | {"body": "Something else?"})
    assert (again.status_code, "Something else?" in again.content.decode()) == (422, True)
    late = {"body": "And solar panels?", "cid": str(uuid.uuid4())}  # the form was open before
    for _time in range(2):
        assert signed_in(second).post(address, late)["Location"] == topic.get_absolute_url()
    assert [post.author for post in topic.posts.order_by("number")] == [first, second]
    assert Topic.objects.count() == 1
    page = signed_in(second).get(talk.get_absolute_url()).content.decode()
    assert topic.get_absolute_url() in page
    assert f'action="{address}"' not in page


def test_what_was_typed_after_the_session_ended_waits_for_the_sign_in(talk, client):
    person = professional()
    client.force_login(person)
    page = client.get(talk.get_absolute_url()).content.decode()
    writer = page.split('name="writer" value="')[1].split('"')[0]
    client.logout()
    address = reverse("events:discuss", args=[talk.edition.slug, talk.slug])
    typed = {"body": "Typed before", "cid": str(uuid.uuid4()), "writer": writer}
    assert client.post(address, typed).status_code == 302
    client.force_login(person)
    assert "Typed before" in client.get(address).content.decode()
    nowhere = TalkFactory()
    refused = reverse("events:discuss", args=[nowhere.edition.slug, nowhere.slug])
    assert client.post(refused, typed).status_code == 403
