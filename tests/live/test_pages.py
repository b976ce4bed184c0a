"""The pages: everything works as plain forms, says why not, and keeps what was typed."""

import csv
import io
import json
import uuid
from contextlib import closing

import pypdfium2
import pytest
from django.urls import reverse
from django.utils import timezone

from live.models import Question, Session, Vote
from tests.factories.live import ask, do, expert_of, make_pool, make_session
from tests.factories.people import PersonFactory, professional

pytestmark = pytest.mark.django_db


def url(name, session):
    return reverse(f"live:{name}", args=[session.pk])


def act(client, session, t, **fields):
    data = {"t": t, "cid": str(uuid.uuid4()), **fields}
    return client.post(url("act", session), data, follow=True)


def test_ask_by_form_says_where_it_is(signed_in):
    session, person = make_session(), professional()
    client = signed_in(person)
    response = act(client, session, "q.ask", body="Which routers are on contract?")
    assert "Received #" in response.content.decode()
    assert session.questions.get().asker == person


def test_the_same_form_sent_twice_is_one_question(signed_in):
    session, client, cid = make_session(), signed_in(professional()), str(uuid.uuid4())
    for _time in range(2):
        assert act(client, session, "q.ask", cid=cid, body="Sent twice by an impatient thumb")
    assert session.questions.count() == 1


@pytest.mark.parametrize("body", ["", "short", "x" * 601, "x" * 100_000, "NUL \x00 within text"])
def test_a_question_that_is_refused_stays_in_its_field(signed_in, body):
    session, client = make_session(), signed_in(professional())
    response = act(client, session, "q.ask", body=body)
    page = response.content.decode()
    assert response.status_code == 422
    assert "field__error" in page
    assert body.replace("\x00", "") in page.replace("\x00", "")
    assert not session.questions.exists()


def test_text_of_people_is_text(signed_in):
    session, client = make_session(), signed_in(professional())
    act(client, session, "q.ask", body="<script>alert('x')</script> & <b>bold</b>")
    page = client.get(url("session", session)).content.decode()
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_vote_and_take_it_back(signed_in):
    session = make_session()
    question, client = ask(session), signed_in(professional())
    for value in (1, 0):
        act(client, session, "vote.set", q=question, value=value)
        assert Vote.objects.get().value == value


def test_host_acts_by_forms(signed_in):
    session = make_session(moderated=True)
    one = ask(session, body="First question, to be answered")
    two = ask(session, body="Second question, to be merged")
    three = ask(session, body="Third question, to be dismissed")
    client = signed_in(session.host)
    number = session.events.get(payload__q=one).seq
    act(client, session, "mod.approve", q=one)
    act(client, session, "mod.merge", q=two, into_no=f"#{number}")
    act(client, session, "mod.dismiss", q=three, reason="Asked last week")
    act(client, session, "mod.pin", q=one)
    assert Session.objects.get(pk=session.pk).current_question_id == one
    act(client, session, "mod.answered", q=one, how="live")
    states = session.questions.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["answered", "merged", "dismissed"]
    page = act(client, session, "sess.close").content.decode()
    assert "The session is over." in page


def test_a_reason_that_is_refused_is_kept(signed_in):
    session = make_session()
    question, reason = ask(session), "r" * 301
    response = act(signed_in(session.host), session, "mod.dismiss", q=question, reason=reason)
    assert response.status_code == 422
    assert reason in response.content.decode()


def test_merging_into_a_number_that_is_not_there(signed_in):
    session = make_session()
    question = ask(session)
    client = signed_in(session.host)
    for number in ("999", "x", "", "9" * 40):
        assert act(client, session, "mod.merge", q=question, into_no=number).status_code == 404
    assert Question.objects.get(pk=question).state == "visible"


def test_a_listener_is_refused_with_the_reason_and_sees_no_control(signed_in):
    session = make_session()
    question, client = ask(session), signed_in(professional())
    assert "Take up now" not in client.get(url("session", session)).content.decode()
    response = act(client, session, "mod.pin", q=question)
    assert response.status_code == 403
    assert "Only the host and the moderators" in response.content.decode()


def test_the_pending_text_of_others_is_on_no_page(signed_in):
    session, asker = make_session(moderated=True), professional()
    ask(session, asker, body="CANARY in a pending question")
    for name in ("session", "projector", "minutes", "minutes_markdown", "minutes_csv", "snapshot"):
        page = signed_in(professional()).get(url(name, session)).content.decode()
        assert "CANARY" not in page, name
    assert "CANARY" in signed_in(asker).get(url("session", session)).content.decode()
    assert "CANARY" in signed_in(session.host).get(url("session", session)).content.decode()


@pytest.mark.parametrize(
    ("mode", "audience", "host"),
    [("named", True, True), ("to_hosts", False, True), ("anonymous", False, False)],
)
def test_a_name_is_seen_by_whom_its_owner_chose(signed_in, mode, audience, host):
    session, asker = make_session(names="anonymous"), professional()
    asker.name = "Dechen of the canaries"
    asker.save()
    ask(session, asker, name_mode=mode)
    for person, sees in ((professional(), audience), (session.host, host)):
        for name in ("session", "snapshot"):
            page = signed_in(person).get(url(name, session)).content.decode()
            assert ("Dechen of the canaries" in page) is sees, (name, mode)


def test_what_becomes_of_a_name_is_said_before_typing(signed_in):
    page = signed_in(professional()).get(url("session", make_session())).content.decode()
    assert "Your name and your question are shown to everybody" in page


SESSION_QUERIES, LIST_QUERIES = 16, 11
FILES = ["minutes_markdown", "minutes_pdf", "minutes_csv"]
PAGES = ["session", "projector", "minutes", *FILES, "snapshot", "edit"]


@pytest.mark.parametrize("name", [*PAGES, "act", "commands"])
def test_what_a_person_may_not_know_of_is_not_there(signed_in, name):
    session, client = make_session(audience="group:nobody"), signed_in(professional())
    method = client.post if name in ("act", "commands") else client.get
    assert method(url(name, session)).status_code == 404
    missing = reverse(f"live:{name}", args=[10**17])
    assert method(missing).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_visitors_are_sent_to_sign_in(client, name):
    response = client.get(url(name, make_session()))
    assert (response.status_code, response.url.split("?")[0]) == (302, "/accounts/login/")


def test_host_outside_the_audience_is_let_in(signed_in):
    session = make_session(audience="group:nobody")
    assert signed_in(session.host).get(url("session", session)).status_code == 200


@pytest.mark.parametrize(("name", "method"), [("act", "get"), ("session", "post")])
def test_wrong_method(signed_in, name, method):
    session = make_session()
    assert getattr(signed_in(session.host), method)(url(name, session)).status_code == 405


@pytest.mark.parametrize("questions", [1, 30])
def test_session_page_query_count(signed_in, django_assert_num_queries, questions):
    session = make_session()
    for _number in range(questions):
        ask(session)
    client = signed_in(professional())
    client.get(url("session", session))
    with django_assert_num_queries(SESSION_QUERIES):
        page = client.get(url("session", session)).content.decode()
    assert page.count("How do we size an uplink?") == questions


@pytest.mark.parametrize("sessions", [1, 20])
def test_list_query_count(signed_in, django_assert_num_queries, sessions):
    for _number in range(sessions):
        ask(make_session(moderators=[professional()]))
    client = signed_in(professional())
    with django_assert_num_queries(LIST_QUERIES):
        page = client.get(reverse("live:list")).content.decode()
    assert page.count("Routing at the edge") == sessions


def test_list_shows_now_and_past(signed_in):
    make_session(title="It is open now")
    make_session(title="It was held before", state="closed")
    client = signed_in(professional())
    now = client.get(reverse("live:list")).content.decode()
    past = client.get(reverse("live:list"), {"show": "past"}).content.decode()
    assert ("It is open now" in now, "It was held before" in now) == (True, False)
    assert ("It is open now" in past, "It was held before" in past) == (False, True)


def test_empty_list_says_what_to_do(signed_in):
    assert "No session is planned" in signed_in(professional()).get("/live/").content.decode()


def plan_data(pool, host, /, **changes):
    return {
        "cid": str(uuid.uuid4()),
        "title": "IPv6 in small offices",
        "summary": "From addressing to firewall rules.",
        "pool": pool.pk,
        "host": host.pk,
        "starts": "2030-03-01T10:00",
        "ends": "2030-03-01T11:00",
        "names": "to_hosts",
        "audience_choice": "everyone",
        **changes,
    }


def test_an_expert_plans_a_session_once(signed_in):
    pool = make_pool()
    expert = expert_of(pool)
    client, data = signed_in(expert), plan_data(pool, expert)
    for _time in range(2):
        response = client.post(reverse("live:plan"), data)
    session = Session.objects.get()
    assert response.url == session.get_absolute_url()
    assert (session.host, session.names, session.state) == (expert, "to_hosts", "scheduled")
    assert session.events.get().kind == "sess.config"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "required"),
        ({"ends": "2030-03-01T09:00"}, "must come after"),
        ({"starts": "2001-01-01T09:00"}, "has passed"),
        ({"starts": "soon"}, "valid date"),
        ({"starts": "0001-01-01T00:00"}, "between the years 1900 and 2199"),
        ({"ends": "9999-12-31T23:59"}, "between the years 1900 and 2199"),
        ({"pool": 10**9}, "valid choice"),
    ],
)
def test_a_plan_with_a_mistake_keeps_what_was_typed(signed_in, changes, sentence):
    pool = make_pool()
    expert = expert_of(pool)
    response = signed_in(expert).post(reverse("live:plan"), plan_data(pool, expert, **changes))
    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in page
    assert "From addressing to firewall rules." in page
    assert not Session.objects.exists()


def test_the_host_must_serve_the_pool(signed_in):
    pool, other = make_pool(), make_pool("SEC")
    expert, stranger = expert_of(pool), expert_of(other)
    data = plan_data(pool, stranger)
    assert signed_in(expert).post(reverse("live:plan"), data).status_code == 422


def test_who_serves_no_pool_plans_nothing(signed_in):
    for method in ("get", "post"):
        response = getattr(signed_in(professional()), method)(reverse("live:plan"))
        assert response.status_code == 403
        assert "experts and leads" in response.content.decode()


def test_the_host_changes_the_plan_until_it_is_over(signed_in):
    session = make_session()
    client = signed_in(session.host)
    data = plan_data(session.pool, session.host, moderated="on", names="anonymous")
    assert client.post(url("edit", session), data).status_code == 302
    session.refresh_from_db()
    assert (session.title, session.moderated, session.names) == (
        "IPv6 in small offices",
        True,
        "anonymous",
    )
    early = client.post(url("edit", session), data | {"starts": "0001-01-01T00:00"})
    assert early.status_code == 422
    assert "between the years 1900 and 2199" in early.content.decode()
    do(session, session.host, "sess.close")
    assert client.get(url("edit", session)).status_code == 403
    assert signed_in(professional()).get(url("edit", make_session())).status_code == 403


def send(client, session, data, **headers):
    return client.post(
        url("commands", session), json.dumps(data), content_type="application/json", headers=headers
    )


def test_commands_by_post_answer_like_the_socket(signed_in):
    session, client, cid = make_session(), signed_in(professional()), str(uuid.uuid4())
    command = {"t": "q.ask", "cid": cid, "body": "Is this heard without a socket?"}
    first = send(client, session, command, **{"Idempotency-Key": cid}).json()
    again = send(client, session, command).json()
    assert (first["t"], first["dup"], again) == ("ack", False, {**first, "dup": True})
    other = send(client, session, {**command, "body": "Other words, same id"})
    assert (other.status_code, other.json()["code"]) == (422, "key_reuse")
    wrong = send(client, session, command, **{"Idempotency-Key": str(uuid.uuid4())})
    assert wrong.status_code == 422


def test_too_many_questions_say_when_to_come_back(signed_in):
    session, client = make_session(), signed_in(professional())
    for number in range(4):
        body = f"Question number {number}, one after the other"
        response = send(client, session, {"t": "q.ask", "cid": str(uuid.uuid4()), "body": body})
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 10
    assert session.questions.count() == 3
    page = act(client, session, "q.ask", body="The same limit holds for the plain form")
    assert page.status_code == 429
    assert "The same limit holds for the plain form" in page.content.decode()


def test_commands_of_visitors_and_nonsense(client, signed_in):
    session = make_session()
    assert send(client, session, {}).status_code == 401
    for body in ("", "[", "[]", "null", "x" * 20_000, '{"t":"q.ask","cid":"\\ud800"}'):
        response = signed_in(professional()).post(
            url("commands", session), body, content_type="application/json"
        )
        assert (response.status_code, response.json()["code"]) == (422, "bad_payload")


def test_a_snapshot_that_did_not_change_costs_no_bytes(signed_in):
    session, client = make_session(), signed_in(professional())
    first = client.get(url("snapshot", session))
    same = client.get(url("snapshot", session), headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    ask(session)
    changed = client.get(url("snapshot", session), headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert len(changed.json()["state"]["questions"]) == 1


def test_votes_that_nobody_tallied_are_on_the_next_page(signed_in):
    session = make_session()
    question = ask(session)
    do(session, professional(), "vote.set", q=question, value=1)
    client = signed_in(PersonFactory())
    assert client.get(url("snapshot", session)).json()["state"]["questions"][0]["votes"] == 1


def test_minutes_are_the_same_bytes_twice_and_escape_what_people_wrote(signed_in):
    session = make_session()
    one = ask(session, body="# Is *this* a heading? [link](http://x)")
    two = ask(session, body="Is there a second question?")
    do(session, professional(), "vote.set", q=one, value=1)
    do(session, session.host, "mod.pin", q=one)
    do(session, session.host, "mod.answered", q=one, how="live", timecode=3754)
    do(session, session.host, "mod.answered", q=two, how="written", answer="Yes, in writing.")
    do(session, session.host, "sess.close")
    client = signed_in(professional())
    first = client.get(url("minutes_markdown", session))
    second = client.get(url("minutes_markdown", session))
    assert first.content == second.content
    text = first.content.decode()
    assert "\\# Is \\*this\\* a heading? \\[link\\](http://x)" in text
    assert "(1:02:34)" in text
    assert "2 asked = 1 live + 1 written + 0 owed" in text
    page = client.get(url("minutes", session)).content.decode()
    assert "1:02:34" in page
    assert "Yes, in writing." in page
    assert timezone.localtime().strftime("%H:") in page


def test_minutes_as_pdf_and_csv_are_rebuilt_from_the_log_to_the_same_bytes(signed_in):
    session = make_session()
    one = ask(session, body='=cmd("x") is a formula? #set page(fill: red) *bold*')
    two = ask(session, body="འདི་ག་ཅི་སྨོ། Asked in two scripts?")
    poll = do(session, session.host, "poll.start", text="Is it so?", kind="scale").obj
    do(session, professional(), "poll.answer", p=poll, choices=[4])
    do(session, session.host, "poll.show", p=poll, value=1)
    do(session, session.host, "mod.pin", q=one)
    do(session, session.host, "mod.answered", q=one, how="live", timecode=3754)
    do(session, session.host, "mod.merge", q=ask(session, body="The same as the second?"), into=two)
    do(session, session.host, "sess.close")
    client = signed_in(professional())
    files = {name: client.get(url(name, session)).content for name in FILES}
    assert {name: client.get(url(name, session)).content for name in FILES} == files
    rows = list(csv.DictReader(io.StringIO(files["minutes_csv"].decode("utf-8-sig"))))
    assert [row["outcome"] for row in rows] == ["live", "owed"]
    assert rows[0]["question"].startswith("'=cmd")
    assert (rows[0]["timecode"], rows[0]["taken_up"] != "") == ("1:02:34", True)
    assert rows[1]["also_asked_as"].startswith("#")
    with closing(pypdfium2.PdfDocument(files["minutes_pdf"])) as pdf:
        text = pdf[0].get_textpage().get_text_range()
    assert '=cmd("x") is a formula? #set page(fill: red) *bold*' in " ".join(text.split())
    assert "3 asked = 1 live + 0 written + 1 owed + 0 dismissed + 1 merged" in text
    assert "5: 1" in text
    assert "5: 1" in files["minutes_markdown"].decode()
    assert "Is it so?" in client.get(url("minutes", session)).content.decode()


def test_the_wall_shows_the_question_and_where_to_join(signed_in):
    session = make_session()
    question = ask(session, body="Seen from the last row of the hall?")
    do(session, session.host, "mod.pin", q=question)
    page = signed_in(professional()).get(url("projector", session)).content.decode()
    assert "Seen from the last row of the hall?" in page
    assert "<svg" in page
    assert "<form" not in page
