"""Heads' meetings are called, prepared, attended and minuted, by several people at once."""

import uuid
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from events import minutes, services
from events.models import Action, Decision, Meeting, MinutesRevision, Paper
from events.waiting import writer_token
from tests.events.test_meetings import head, owned_by
from tests.factories.events import ActionFactory, MeetingFactory, pdf
from tests.factories.people import professional, registrar
from tests.races import at_once, errors

pytestmark = pytest.mark.django_db


def address(name: str, meeting: Meeting, *more) -> str:
    return reverse(f"events:{name}", args=[meeting.slug, *more])


def minutes_form(text: str, base: int, **fields) -> dict:
    return {"text": text, "base": base, "cid": str(uuid.uuid4())} | fields


def called(browser, **fields):
    form = {
        "title": "Heads, December",
        "date": "2026-12-10",
        "starts": "10:00",
        "minutes_planned": "90",
        "place": "Thimphu",
        "papers_until": "2026-12-01T17:00",
        "agenda": "Actions\n\n  Spare   parts ",
        "cid": str(uuid.uuid4()),
    } | fields
    return browser.post(reverse("events:call_meeting"), form)


def test_a_meeting_is_called_once_and_its_agenda_changed(signed_in):
    keeper, cid = signed_in(registrar()), str(uuid.uuid4())
    for _turn in range(2):
        answer = called(keeper, cid=cid)
    meeting = Meeting.objects.get()
    assert answer["Location"] == meeting.get_absolute_url()
    assert [entry["item"] for entry in meeting.agenda] == ["Actions", "Spare parts"]
    called(keeper)
    assert Meeting.objects.values("slug").distinct().count() == 2
    form = keeper.get(address("change_meeting", meeting)).content.decode()
    assert "Spare parts" in form
    answer = called(keeper, title="")
    assert (answer.status_code, "Spare   parts" in answer.content.decode()) == (422, True)
    assert signed_in(head()).get(reverse("events:call_meeting")).status_code == 403


def test_two_editors_save_and_both_texts_stand(signed_in):
    meeting = MeetingFactory(minutes="One.\n\nTwo.")
    first, second = signed_in(registrar()), signed_in(registrar())
    write = address("write_minutes", meeting)
    assert 'name="base" value="0"' in first.get(write).content.decode()
    first.post(write, minutes_form("One, by A.\n\nTwo.", 0))
    answer = second.post(write, minutes_form("One.\n\nTwo, by B.", 0), follow=True)
    assert "with what others wrote meanwhile" in answer.content.decode()
    meeting.refresh_from_db()
    assert meeting.minutes == "One, by A.\n\nTwo, by B."
    assert [row.text for row in meeting.revisions.all()][-1] == "One.\n\nTwo."
    assert "Version 2" in first.get(address("minutes_history", meeting)).content.decode()


def test_the_same_passage_in_two_versions_is_shown_side_by_side_until_one_is_left(signed_in):
    meeting = MeetingFactory(minutes="Agreed: sets.\nEnd.")
    writer = signed_in(registrar())
    write = address("write_minutes", meeting)
    writer.post(write, minutes_form("Agreed: two sets.\nEnd.", 0))
    answer = writer.post(write, minutes_form("Agreed: six sets.\nEnd.", 0), follow=True)
    assert "both versions stand in the text" in answer.content.decode()
    page = writer.get(write).content.decode()
    assert "Passages in two versions" in page
    assert "Agreed: two sets.\nAgreed: six sets.\nEnd." in page
    writer.post(write, minutes_form("Agreed: six sets.\nEnd.\nAnd more.", 2))
    assert "Passages in two versions" not in writer.get(write).content.decode()


def test_a_save_that_is_repeated_is_one_version_and_another_text_under_its_id_is_refused(signed_in):
    meeting = MeetingFactory()
    writer, form = signed_in(registrar()), minutes_form("Once.", 0)
    write = address("write_minutes", meeting)
    for _turn in range(2):
        assert writer.post(write, form).status_code == 302
    assert meeting.revisions.count() == 2
    answer = writer.post(write, form | {"text": "Twice."})
    assert (answer.status_code, "Twice." in answer.content.decode()) == (422, True)
    long = writer.post(write, minutes_form("x" * 100_001, 0))
    assert (long.status_code, "At most 100000" in long.content.decode()) == (422, True)


def test_what_was_typed_waits_for_the_sign_in_of_the_same_person(client):
    meeting, keeper, other = MeetingFactory(minutes="Base."), registrar(), registrar()
    write = address("write_minutes", meeting)
    form = minutes_form("Base.\nTyped for an hour.", 0, writer=writer_token(keeper))
    assert client.post(write, form)["Location"].startswith("/accounts/login/")
    client.force_login(keeper)
    page = client.get(write).content.decode()
    assert "Typed for an hour." in page
    assert form["cid"] in page
    client.post(write, form)
    meeting.refresh_from_db()
    assert meeting.minutes == form["text"]
    assert 'name="base" value="1"' in client.get(write).content.decode()
    client.logout()
    client.post(write, form | {"text": "Secret draft"})
    client.force_login(other)
    assert "Secret draft" not in client.get(write).content.decode()


def test_an_old_version_comes_back_and_what_stood_there_stays(signed_in):
    meeting = MeetingFactory(minutes="First.")
    writer = signed_in(registrar())
    writer.post(address("write_minutes", meeting), minutes_form("Second.", 0))
    back = address("restore_minutes", meeting, 0)
    for _turn in range(2):
        assert writer.post(back).status_code == 302
    texts = [row.text for row in meeting.revisions.all()]
    assert texts == ["First.", "Second.", "First."]
    assert writer.post(address("restore_minutes", meeting, 99)).status_code == 404
    assert signed_in(head()).post(back).status_code == 403


def test_who_was_asked_writes_too_and_nobody_else(signed_in):
    meeting, writer = MeetingFactory(), professional()
    write = address("write_minutes", meeting)
    assert signed_in(writer).get(write).status_code == 404
    keeper = signed_in(registrar())
    asked = keeper.post(address("ask_to_write", meeting), {"person": writer.employee_id.lower()})
    assert asked.status_code == 302
    assert writer.notices.get().url == meeting.get_absolute_url()
    assert signed_in(writer).get(write).status_code == 200
    assert signed_in(head()).get(write).status_code == 403
    wrong = keeper.post(address("ask_to_write", meeting), {"person": "NOBODY-1"})
    assert (wrong.status_code, "NOBODY-1" in wrong.content.decode()) == (422, True)


def test_decisions_and_actions_are_noted_once_and_the_action_waits_for_its_owner(signed_in):
    meeting, owner = MeetingFactory(), professional()
    keeper = signed_in(registrar())
    action = {"text": "Bring the list", "owner": owner.employee_id, "due": "2026-12-01"}
    for _turn in range(2):
        keeper.post(address("add_decision", meeting), {"text": "Two spare sets."})
        keeper.post(address("add_action", meeting), action)
    assert [row.number for row in Decision.objects.all()] == [1]
    assert [row.owner for row in Action.objects.all()] == [owner]
    assert "Bring the list" in signed_in(owner).get(reverse("my_page")).content.decode()
    wrong = keeper.post(address("add_action", meeting), action | {"due": "soon"})
    assert (wrong.status_code, "Bring the list" in wrong.content.decode()) == (422, True)
    assert (
        signed_in(head()).post(address("add_decision", meeting), {"text": "X"}).status_code == 403
    )


def test_open_actions_are_carried_to_the_next_agenda_until_they_are_done(signed_in):
    owner = professional()
    action = owned_by(owner, text="Count the modems", meeting__date=date(2026, 3, 1))
    done_before = ActionFactory(meeting=action.meeting, text="Done before June")
    Action.objects.filter(pk=done_before.pk).update(
        state="done", closed_at=timezone.make_aware(timezone.datetime(2026, 5, 1))
    )
    june, december = MeetingFactory(date=date(2026, 6, 1)), MeetingFactory(date=date(2026, 12, 1))
    keeper = signed_in(registrar())

    def carried(meeting):
        page = keeper.get(meeting.get_absolute_url()).content.decode()
        return [text for text in ("Count the modems", "Done before June") if text in page]

    assert carried(june) == carried(december) == ["Count the modems"]
    services.set_action(action, by=owner, done=True)
    assert carried(june) == ["Count the modems"]  # it was open then
    december.date = timezone.localdate() + timedelta(days=30)
    december.save()
    assert carried(december) == []


def test_papers_come_as_text_or_file_late_ones_are_marked_and_strangers_get_none(signed_in):
    meeting = MeetingFactory(papers_until=timezone.now() - timedelta(hours=1))
    member, hand_in = signed_in(head()), address("hand_in_paper", meeting)
    form = {"title": "Outages", "item": "Centres without a line", "text": "Of 200 **37**."}
    form |= {"cid": str(uuid.uuid4())}
    content = pdf(1)
    for _turn in range(2):
        file = SimpleUploadedFile("p.pdf", content, "application/pdf")
        assert member.post(hand_in, form | {"file": file}).status_code == 302
    paper = Paper.objects.get()
    page = member.get(meeting.get_absolute_url()).content.decode()
    assert "<strong>37</strong>" in page
    assert "after the deadline" in page
    got = member.get(reverse("events:paper", args=[paper.pk]))
    assert b"".join(got.streaming_content).startswith(b"%PDF")
    assert (
        signed_in(professional()).get(reverse("events:paper", args=[paper.pk])).status_code == 404
    )
    bad = SimpleUploadedFile("p.pdf", b"<html>", "application/pdf")
    answer = member.post(hand_in, form | {"file": bad, "cid": str(uuid.uuid4())})
    assert (answer.status_code, "Of 200 **37**." in answer.content.decode()) == (422, True)
    empty = member.post(hand_in, {"title": "T", "text": " ", "cid": str(uuid.uuid4())})
    assert "A paper has a text, a file, or both." in empty.content.decode()
    reused = member.post(hand_in, form | {"text": "Other"})
    assert (reused.status_code, "Other" in reused.content.decode()) == (422, True)


def test_attendance_is_a_set_value_and_lets_guests_read(signed_in):
    meeting, present, away, guest = MeetingFactory(), head(), head(), professional()
    keeper, url = signed_in(registrar()), address("attendance", meeting)
    form = {f"p{present.pk}": "present", f"p{away.pk}": "apologies", "more": guest.employee_id}
    for _turn in range(2):
        assert keeper.post(url, form).status_code == 302
    assert set(meeting.attendees.all()) == {present, guest}
    assert list(meeting.apologies.all()) == [away]
    assert signed_in(guest).get(meeting.get_absolute_url()).status_code == 200
    assert keeper.post(url, {f"p{present.pk}": "asleep"}).status_code == 422
    assert signed_in(present).get(url).status_code == 403


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
@pytest.mark.usefixtures("django_db_serialized_rollback", "transactional_db")
def test_eight_who_save_at_once_lose_nothing():
    meeting, keepers = MeetingFactory(minutes="Begin\n\nEnd"), [registrar() for _each in range(8)]

    def save(number):
        text = f"Begin\n\nNote of {number}\n\nEnd"
        return lambda: minutes.save_minutes(
            meeting, base=0, text=text, by=keepers[number], cid=uuid.uuid4()
        )

    results = at_once([save(number) for number in range(8)])
    assert errors(results) == []
    meeting.refresh_from_db()
    assert sorted(line for line in meeting.minutes.split("\n") if "Note" in line) == [
        f"Note of {number}" for number in range(8)
    ]
    assert MinutesRevision.objects.filter(meeting=meeting).count() == 9
