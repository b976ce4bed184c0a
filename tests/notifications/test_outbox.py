"""Mail out, against a real mail server: what goes to whom, when, and what happens when it fails."""

from datetime import datetime, timedelta
from email.utils import parseaddr

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from forums.services import watch
from notifications import outbox, services
from notifications.models import Channel, Mail, Notice, Preference
from people.calendar import THIMPHU
from people.models import Holiday
from tests.factories.forums import answer, pool, topic
from tests.factories.people import PersonFactory, professional
from tests.races import at_once, errors

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 10, tzinfo=THIMPHU)
FRIDAY_EVENING = datetime(2026, 11, 27, 18, tzinfo=THIMPHU)
State = Mail.State


@pytest.fixture(autouse=True)
def _in_working_hours():
    with time_machine.travel(MONDAY, tick=False):
        yield


def reader(**wish):
    """Somebody with a mail address, who wants mail as `wish` says."""
    person = PersonFactory()
    person.email = f"{person.employee_id.lower()}@agency.example.org"
    person.save()
    if wish:
        services.set_preference(person, **{"mails": "at_once", "quiet": True} | wish)
    return person


def tell(*people, event="test:1", **more):
    services.notify(people, event=event, title="The title", reason="Because", url="/me/", **more)


def channels_of(person):
    return sorted(person.notices.values_list("channel", flat=True))


def test_each_channel_has_a_row_of_its_own_for_those_who_want_it():
    without, at_once = PersonFactory(), reader()
    weekly, none = reader(mails="weekly"), reader(mails="none")
    gone = reader()
    gone.is_active = False
    tell(without, at_once, weekly, none, gone)
    tell(without, at_once, weekly, none, gone)
    assert channels_of(without) == channels_of(none) == channels_of(gone) == [Channel.APP]
    assert channels_of(at_once) == [Channel.APP, Channel.MAIL]
    assert channels_of(weekly) == [Channel.APP, Channel.DIGEST]
    assert list(Mail.objects.values_list("person", flat=True)) == [at_once.pk]


def test_what_is_urgent_comes_at_once_but_not_to_those_who_want_no_mail():
    weekly, none = reader(mails="weekly"), reader(mails="none")
    with time_machine.travel(FRIDAY_EVENING, tick=False):
        tell(weekly, none, urgency=services.URGENT)
        assert [(mail.person, mail.due) for mail in Mail.objects.all()] == [
            (weekly, FRIDAY_EVENING)
        ]


def test_mail_waits_for_working_hours_by_the_calendar():
    Holiday.objects.create(day=datetime(2026, 11, 30).date(), name="A late holiday")  # noqa: DTZ001
    patient, awake = reader(), reader(quiet=False)
    with time_machine.travel(FRIDAY_EVENING, tick=False):
        tell(patient, awake)
        assert patient.mails.get().due == datetime(2026, 12, 1, 9, tzinfo=THIMPHU)
        assert awake.mails.get().due == FRIDAY_EVENING


def test_a_mail_has_text_html_and_a_way_out(box):
    person = reader()
    tell(person)
    assert outbox.deliver() == 1
    (mail,) = box.mails
    assert mail["To"] == person.email
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/notices/unsubscribe/" in mail["List-Unsubscribe"]
    text, html = (mail.get_body([kind]).get_content() for kind in ("plain", "html"))
    for body in (text, html):
        assert "The title" in body
        assert "Because" in body
    assert "http://localhost:8000/me/" in text
    assert len(box.taken[0].content) < 30_000
    assert box.taken[0].mail_from.startswith("bounce+b-")
    sent = Mail.objects.get()
    assert (sent.state, sent.journal.get().reply) == (State.SENT, "taken")
    assert outbox.deliver() == 0


def test_mails_of_a_topic_hang_together_and_take_replies(box):
    asker = reader()
    asked = topic(pool(), author=asker, title="DHCP runs out", body="Every noon.")
    answer(asked, body="Shorten the *lease*.")
    answer(asked, body="Or make it larger.")
    outbox.deliver()
    first, second = box.mails
    assert first["References"] == f"<topic.{asked.pk}@mail.example.org>"
    assert second["References"].split() == [first["References"], first["Message-ID"]]
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["Subject"] == f"Re: {first['Subject']}"
    assert first["Subject"].startswith("DHCP runs out [topic-")
    assert parseaddr(first["Reply-To"])[1].startswith(f"reply+topic-{asked.pk}-{asker.pk}-")
    assert "Shorten the *lease*." in first.get_body(["plain"]).get_content()


def test_a_mail_is_not_sent_to_whom_the_topic_was_closed_meanwhile(box):
    agency = pool("SEC", audience=("officials",))
    reading = professional()
    reading.email = "reading@agency.example.org"
    reading.save()
    asked = topic(agency)
    watch(reading, asked)
    answer(asked)
    reading.postings.update(ends=timezone.localdate())
    assert outbox.deliver() == 0
    assert Mail.objects.get().state == State.DROPPED
    assert box.taken == []


def test_a_mail_is_not_sent_to_who_said_no_meanwhile(box):
    person = reader()
    tell(person)
    services.set_preference(person, mails=Preference.Mails.NONE, quiet=True)
    outbox.deliver()
    assert (Mail.objects.get().state, box.taken) == (State.DROPPED, [])


def test_for_now_refused_is_tried_again_with_growing_pauses(box):
    person = reader()
    box.refused[person.email] = "451 later"
    tell(person)
    waits = []
    for _attempt in range(3):
        outbox.deliver()
        due = Mail.objects.get().due
        waits.append(due - timezone.now())
        with time_machine.travel(due, tick=False):
            outbox.deliver()
        Mail.objects.update(due=timezone.now())
    assert waits == sorted(waits)
    assert waits[0] >= timedelta(minutes=1)
    assert waits[2] > waits[0]
    box.refused.clear()
    assert outbox.deliver() == 1


def test_an_address_that_does_not_exist_is_given_up_and_its_owner_reads_so(box, signed_in):
    person = reader()
    box.refused[person.email] = "550 5.1.1 no such user"
    for number in range(3):
        tell(person, event=f"test:{number}")
        outbox.deliver()
    states = list(Mail.objects.order_by("pk").values_list("state", flat=True))
    assert states == [State.REFUSED, State.REFUSED]  # nothing more is written for it
    assert person.notices.unread().filter(event__endswith=":dead:0").count() == 1
    page = signed_in(person).get("/notices/preferences/").content.decode()
    assert "no such user" in page
    box.refused.clear()
    signed_in(person).post("/notices/try-again/", {"address": person.email})
    tell(person, event="test:after")
    assert outbox.deliver() == 1


def test_a_server_that_is_away_costs_no_mail_its_chance(settings, box):
    tell(reader(), reader())
    settings.EMAIL_PORT, port = 1, settings.EMAIL_PORT
    assert outbox.deliver() == 0
    assert set(Mail.objects.values_list("state", flat=True)) == {State.WAITING}
    settings.EMAIL_PORT = port
    assert outbox.deliver() == 0  # it rests
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        assert outbox.deliver() == 2


def test_a_mail_that_was_cut_off_under_way_is_never_sent_twice(box):
    tell(reader())
    box.cut_off = True
    outbox.deliver()
    assert len(box.taken) == 1
    assert Mail.objects.get().state == State.UNKNOWN
    box.cut_off = False
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=False):
        outbox.deliver()
    assert len(box.taken) == 1


def test_who_lost_the_lease_sends_nothing(box, monkeypatch):
    """A worker that stood still for longer than its lease meets that another has the mail."""
    tell(reader())
    write = outbox.letters.write

    def slowly(mail):
        monkeypatch.setattr(outbox.letters, "write", write)
        with time_machine.travel(timezone.now() + 2 * outbox.LEASE, tick=False):
            assert outbox.deliver() == 1
        return write(mail)

    monkeypatch.setattr(outbox.letters, "write", slowly)
    assert outbox.deliver() == 0
    assert len(box.taken) == 1
    assert Mail.objects.get().state == State.SENT


def test_notices_of_other_channels_are_not_counted_in_the_app(signed_in):
    person = reader()
    tell(person)
    page = signed_in(person).get("/notices/").content.decode()
    assert page.count("Because") == 1
    assert Notice.objects.filter(person=person).count() == 2


@pytest.mark.postgresql
@pytest.mark.usefixtures("django_db_serialized_rollback", "transactional_db")
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
def test_workers_side_by_side_send_each_mail_once(box):
    tell(*(reader() for _number in range(20)))
    results = at_once([outbox.deliver] * 4)
    assert errors(results) == []
    assert sum(results) == 20
    assert len({mail["Message-ID"] for mail in box.mails}) == len(box.taken) == 20
