"""Flags on messages of requests: seen by whom, hidden, decided, redacted; what is confidential."""

import uuid

import pytest
from django.urls import reverse

from desk import services, talking
from desk.models import Message, Request
from moderation.models import Case
from moderation.services import decide, flag
from tests.factories.desk import claimed
from tests.factories.forums import pool, serving
from tests.factories.moderation import moderator
from tests.factories.people import PersonFactory, professional
from tests.moderation.test_redaction import SECRET, columns_with

pytestmark = pytest.mark.django_db


def said(asked: Request, by=None, *, body="You fool.", internal=False) -> Message:
    by = by or asked.claimed_by
    return talking.say(asked, by=by, body=body, cid=uuid.uuid4(), internal=internal)


def flagged(message: Message, people=()) -> Case:
    for person in people or [professional()]:
        flag("message", message.pk, person=person, why="abuse", note="A note of mine")
    return Case.objects.get(kind="message", subject=message.pk)


def address(message: Message) -> str:
    return reverse("moderation:flag", args=["message", message.pk])


def page(client, asked) -> str:
    return client.get(asked.get_absolute_url()).content.decode()


def test_who_reads_a_message_flags_it_once_and_the_lead_hears(signed_in):
    asked = claimed()
    message, note = said(asked), said(asked, body="A note.", internal=True)
    lead = serving(asked.pool, "lead")
    colleague = professional(organisation=asked.organisation)
    assert f'href="{address(message)}"' in page(signed_in(asked.requester), asked)
    assert f'href="{address(message)}"' not in page(signed_in(asked.claimed_by), asked)
    form = {"why": "abuse", "note": "Not so."}
    for _twice in range(2):
        assert signed_in(asked.requester).post(address(message), form).status_code == 302
    assert Case.objects.get().flags.count() == 1
    assert lead.notices.latest("pk").title == f"Flagged: Message about {asked.label}"
    assert signed_in(colleague).get(address(message)).status_code == 200
    for person, of in [(professional(), message), (colleague, note), (asked.requester, note)]:
        assert signed_in(person).get(address(of)).status_code == 404
    assert signed_in(lead).get(address(note)).status_code == 200
    assert signed_in(asked.claimed_by).post(address(message), form).status_code == 403


def test_three_flags_hide_it_but_not_from_author_and_pool_until_it_is_kept(signed_in):
    asked = claimed()
    lead = serving(asked.pool, "lead")
    message = said(asked)
    colleagues = [professional(organisation=asked.organisation) for _each in range(2)]
    case = flagged(message, [asked.requester, *colleagues])
    for person in (asked.requester, *colleagues):
        shown = page(signed_in(person), asked)
        assert ("You fool." in shown, "Hidden until the pool" in shown) == (False, True)
        assert address(message) not in shown
    for person in (asked.claimed_by, lead):
        assert "You fool." in page(signed_in(person), asked)
    own = signed_in(asked.claimed_by).get(reverse("moderation:appeal", args=[case.pk]))
    assert "Three people flagged it." in own.content.decode()
    assert "You may edit it" not in own.content.decode()
    decide(case, "keep", by=lead, reason="It was a joke.")
    assert "You fool." in page(signed_in(asked.requester), asked)


def test_a_redacted_message_is_in_no_table_any_more(signed_in):
    asked = claimed()
    lead = serving(asked.pool, "lead")
    case = flagged(said(asked, body=f"The password is {SECRET}"), [asked.requester])
    form = {"decision": "redact", "reason": "It held a password.", "final": "on"}
    decided = signed_in(lead).post(reverse("moderation:decide", args=[case.pk]), form)
    assert decided.status_code == 302
    assert columns_with(SECRET) == []
    for person in (asked.requester, asked.claimed_by, lead):
        shown = page(signed_in(person), asked)
        assert f"Redacted by {lead.name}" in shown
        assert SECRET not in shown
    assert signed_in(asked.requester).get(address(Message.objects.get())).status_code == 404


def test_a_confidential_request_is_closed_to_moderators_who_may_not_read_it(signed_in):
    asked = claimed(confidential=True, title="About a colleague")
    case = flagged(said(asked, body="It was Dorji."), [asked.requester])
    lead, office = serving(asked.pool, "lead"), PersonFactory(is_superuser=True)
    decide(case, "hide", by=lead, reason="It names somebody.")
    outside = signed_in(moderator())
    for name, args in [("case", [case.pk]), ("flag", ["message", case.subject])]:
        assert outside.get(reverse(f"moderation:{name}", args=args)).status_code == 404
    for verb, data in [("claim", {}), ("decide", {"decision": "keep", "reason": "No."})]:
        refused = outside.post(reverse(f"moderation:{verb}", args=[case.pk]), data)
        assert refused.status_code == 404
    queue = outside.get(f"{reverse('moderation:queue')}?show=decided").content.decode()
    log = outside.get(reverse("moderation:log")).content.decode()
    for words in ("It was Dorji.", "About a colleague", "It names somebody.", "A note of mine"):
        assert words not in queue + log
    assert "not for you" in log
    assert "It names somebody." in signed_in(office).get(reverse("moderation:log")).content.decode()
    assert "It was Dorji." in signed_in(lead).get(case.get_absolute_url()).content.decode()
    titles = str(list(asked.claimed_by.notices.values_list("title", flat=True)))
    assert "About a colleague" not in titles
    assert f"Hidden: Message about {asked.receipt}" in titles


def test_a_lead_who_wrote_it_does_not_hear_of_it_but_another_does(signed_in):
    asked = claimed()
    lead, office = serving(asked.pool, "lead"), PersonFactory(is_superuser=True)
    case = flagged(said(asked, lead), [asked.requester])
    title = f"Flagged: Message about {asked.label}"
    assert not lead.notices.filter(title=title).exists()
    assert office.notices.filter(title=title).exists()
    decided = signed_in(lead).post(
        reverse("moderation:decide", args=[case.pk]), {"decision": "keep", "reason": "Mine."}
    )
    assert decided.status_code == 403


def test_a_moderator_of_the_agency_decides_and_a_lead_of_the_former_pool_does_not(signed_in):
    asked, inside = claimed(), moderator()
    inside.postings.update(organisation=asked.organisation)
    former = serving(asked.pool, "lead")
    case = flagged(said(asked), [asked.requester])
    for person in (inside, former):
        assert signed_in(person).get(case.get_absolute_url()).status_code == 200
    services.route(asked, by=former, pool=pool("SEC"), note="Theirs")
    for person, status in [(inside, 200), (former, 404)]:
        assert signed_in(person).get(case.get_absolute_url()).status_code == status


@pytest.mark.parametrize("number", [1, 12])
def test_the_page_of_a_request_takes_the_same_queries(signed_in, number, django_assert_num_queries):
    asked = claimed()
    lead = serving(asked.pool, "lead")
    for _each in range(number):
        case = flagged(said(asked), [asked.requester])
        decide(case, "redact", by=lead, reason="Gone.")
    client = signed_in(asked.requester)
    with django_assert_num_queries(16):
        shown = page(client, asked)
    assert shown.count("Redacted by") == number
