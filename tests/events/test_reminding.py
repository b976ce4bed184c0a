"""Talks without slides: the list of them, and speakers who are asked for slides by the worker."""

import random
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from events.models import Talk, UploadLink
from events.reminding import remind_speakers
from people.calendar import THIMPHU
from people.models import Audience, Holiday
from tests.desk.test_escalation import KilledError, Killer
from tests.events.test_programme import bring
from tests.factories.events import EditionFactory, TalkFactory, handed_in, pdf, slides_form
from tests.factories.people import professional, registrar
from tests.factories.schedules import at as hour_of
from tests.factories.schedules import event, one_day

pytestmark = pytest.mark.django_db
LINE = "Every line is measured at night"


def at(day: int, hour: int = 10) -> datetime:
    """In June 2026; the first is a Monday."""
    return datetime(2026, 6, 1, hour, tzinfo=THIMPHU) + timedelta(days=day - 1)


@pytest.fixture
def june():
    with time_machine.travel(at(1), tick=False) as clock:
        yield clock


def given(day: int, *speakers, **fields) -> Talk:
    return TalkFactory(starts=at(day), speakers=speakers or [professional()], **fields)


def told(person) -> list[str]:
    events = person.notices.filter(event__startswith="slides:").order_by("pk")
    return [event.rsplit(":", 1)[1] for event in events.values_list("event", flat=True)]


def test_speakers_are_asked_twice_before_the_talk_and_once_after_it(june):
    first, second, gone = professional(), professional(), professional()
    gone.is_active = False
    gone.save()
    talk = given(23, first, second, gone, title=LINE)  # a Tuesday
    given(24, cancelled_at=at(2))
    told_on = {}
    for day in range(1, 61):
        for hour in (8, 10, 16, 20):  # before, in and after office hours
            june.move_to(at(day, hour))
            if number := remind_speakers():
                told_on[day, hour] = number
    # 7 days before is a Tuesday; 2 days before a Sunday, so the Friday; then 2 days after.
    assert told_on == {(16, 10): 2, (19, 10): 2, (25, 10): 2}
    assert told(first) == told(second) == ["first", "second", "after"]
    notices = list(first.notices.order_by("pk").values_list("title", "reason"))
    assert notices[0] == (
        f"Hand in your slides: {LINE}",
        "You give this talk on 23 June 2026. The link needs no account.",
    )
    assert notices[2][0] == f"Your slides are still missing: {LINE}"
    assert told(gone) == []
    assert set(UploadLink.objects.values_list("talk", flat=True)) == {talk.pk}


def test_the_link_takes_slides_without_an_account_and_then_nobody_is_asked(june):
    speaker = professional()
    talk = given(24, speaker)
    assert remind_speakers(at(17)) == 1
    link = speaker.notices.get().url
    guest = Client()
    assert guest.get(link).status_code == 200
    assert guest.post(link, slides_form(pdf())).status_code == 200
    material = talk.slides.get()
    assert (material.brought_by, material.link.speaker) == (speaker.name, None)
    assert remind_speakers(at(22)) == remind_speakers(at(26)) == 0  # they are being prepared
    material.state = "refused"
    material.save()
    assert remind_speakers(at(26)) == 1  # and now there are none
    assert told(speaker) == ["first", "after"]


def test_holidays_missed_days_late_talks_and_new_speakers(june):
    Holiday.objects.create(day=date(2026, 6, 19), name="Announced")
    speaker, late = professional(), professional()
    talk = given(23, speaker)
    assert remind_speakers(at(17)) == 1  # nothing ran until now, and only one is sent
    assert remind_speakers(at(18)) == 1  # of two days before: the 19th to the 21st are closed
    talk.speakers.add(late)
    assert remind_speakers(at(19)) == 0
    assert remind_speakers(at(22)) == 1
    assert (told(speaker), told(late)) == (["first", "second"], ["second"])
    old = given(-40)
    assert remind_speakers(at(23)) == 0  # whoever never sent them is left in peace
    assert told(old.speakers.get()) == []


def test_each_step_once_though_the_worker_is_killed_at_any_line(june):
    speakers = [professional() for _each in range(4)]
    for number in range(3):
        given(24 + number, *speakers[number:])
    killer = Killer(random.Random(7))
    for day in range(5, 35):
        june.move_to(at(day))
        look_until_done(killer)
    assert killer.kills > 3
    steps = ["first", "second", "after"]
    assert sorted(told(speakers[3])) == sorted(3 * steps)
    assert told(speakers[0]) == steps
    assert UploadLink.objects.count() == 3 * (4 + 3 + 2)


def look_until_done(killer: Killer) -> None:
    while True:
        killer.aim()
        try:
            with connection.execute_wrapper(killer):
                remind_speakers()
        except KilledError:
            continue
        killer.left = None
        return


@pytest.mark.parametrize("talks", [1, 30])
def test_a_round_with_nothing_owed_takes_four_queries(june, django_assert_num_queries, talks):
    edition, speaker = EditionFactory(), professional()
    for _each in range(talks):
        given(24, speaker, edition=edition)
    assert remind_speakers(at(17)) == talks
    with django_assert_num_queries(4):
        assert remind_speakers(at(18)) == 0


def test_the_list_names_who_was_asked_who_is_a_guest_and_what_was_refused(
    signed_in, django_assert_num_queries
):
    speaker = professional()
    named = [(speaker.name, {"code": speaker.employee_id}), ("Guest B", {"id": "2"})]
    edition = bring(
        one_day(
            event(1, hour_of(9), persons=named, title=LINE),
            event(2, hour_of(9, day=1), persons=named, title="Of the second day"),
            event(3, hour_of(10), title="Lunch", persons=[]),
            event(4, hour_of(11), persons=named, title="Has its slides"),
            event(5, hour_of(12), persons=named, title="For heads alone"),
        )
    )
    Talk.objects.filter(number=5).update(audience=Audience.objects.of("heads"))
    handed_in(Talk.objects.get(number=4), pdf())
    refused = handed_in(Talk.objects.get(number=2), pdf())
    refused.state = "refused"
    refused.save()
    with time_machine.travel(hour_of(10) - timedelta(days=4), tick=False):
        remind_speakers()
    address = reverse("events:without_slides", args=[edition.slug])
    assert signed_in(speaker).get(address).status_code == 403
    keeper = signed_in(registrar())
    assert address in keeper.get(edition.get_absolute_url()).content.decode()
    with django_assert_num_queries(18):
        page = keeper.get(address).content.decode()
    listed = [LINE, "Of the second day", "Lunch", "Has its slides", "For heads alone"]
    assert [title for title in listed if f">{title}</a>" in page] == listed[:2]
    assert f"{speaker.name} was asked two days before" in page
    assert page.count("could not be prepared") == 1
    links = f"{reverse('events:materials', args=[edition.slug, Talk.objects.get(number=1).slug])}"
    assert f'{links}#links">Private link' in page
    second = keeper.get(f"{address}?day=2027-10-13").content.decode()
    assert [title for title in listed if f">{title}</a>" in second] == listed[1:2]
    for _each in range(20):
        TalkFactory(edition=edition, starts=hour_of(13), speakers=[speaker])
    with django_assert_num_queries(18):
        assert "A talk number" in keeper.get(address).content.decode()


def test_a_keeper_asks_now_once_a_day_and_the_list_says_who_was_told(june, signed_in):
    first, second, gone = professional(), professional(), professional()
    gone.is_active = False
    gone.save()
    talk = given(24, first, second, gone, title=LINE)
    edition = talk.edition
    address = reverse("events:ask_for_slides", args=[edition.slug, talk.slug])
    listing = reverse("events:without_slides", args=[edition.slug])
    keeper = registrar()
    assert signed_in(first).post(address).status_code == 403
    assert address in signed_in(keeper).get(listing).content.decode()
    june.move_to(at(6, 21))  # a Saturday evening: the keeper decides
    for _time in range(2):
        answer = signed_in(keeper).post(address)
        assert answer["Location"] == f"{listing}#talk-{talk.pk}"
    page = signed_in(registrar()).get(listing).content.decode()
    names = ", ".join(sorted([first.name, second.name]))
    assert f"{keeper.name} asked {names} on 6 June 2026, 21:00" in page
    assert address not in page  # not twice on one day
    june.move_to(at(7))
    signed_in(keeper).post(address)
    assert told(first) == told(second) == ["now-2026-06-06", "now-2026-06-07"]
    assert told(gone) == []
    assert talk.slides_requests.count() == 2
    assert UploadLink.objects.filter(talk=talk).count() == 4
    handed_in(talk, pdf(), by=first)
    june.move_to(at(8))
    follow = signed_in(keeper).post(address, follow=True).content.decode()
    assert "Nobody was asked" in follow
    assert talk.slides_requests.count() == 2
