"""Advisories: issued to agencies and centres, answered, followed on map and list, withdrawn."""

import csv
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from desk.models import Addressee, Advisory, AdvisoryAnswer
from search.models import SearchDocument
from tests.factories.advisories import advisory, say
from tests.factories.forums import pool, serving
from tests.factories.people import (
    CentreFactory,
    DzongkhagFactory,
    GewogFactory,
    OrganisationFactory,
    PersonFactory,
    PostingFactory,
    head_of,
    operator,
    professional,
    registrar,
)

pytestmark = pytest.mark.django_db


def written(**fields) -> dict:
    """The form of an advisory of the parent agency to all agencies, as a browser sends it."""
    return {
        "title": "Close remote desktop to the internet",
        "body": "Look at the **rules** of the firewall.",
        "kind": "patch",
        "due": (timezone.localdate() + timedelta(days=20)).isoformat(),
        "agencies": "all",
        "centres": "none",
        "cid": str(uuid.uuid4()),
    } | fields


def issue(client, **fields):
    return client.post(reverse("desk:new_advisory"), written(**fields))


def answer(client, row: Advisory, state: str, reason: str = "", **fields):
    addressee = fields.pop("addressee", None) or row.addressees.first()
    data = {"addressee": addressee.pk, "state": state, "reason": reason}
    data = data | {"cid": str(uuid.uuid4())} | fields
    return client.post(reverse("desk:answer_advisory", args=[row.pk]), data)


def on_my_page(client, row: Advisory) -> bool:
    page = client.get(reverse("my_page")).content.decode()
    return f'href="{row.get_absolute_url()}"' in page


# --- Issuing ------------------------------------------------------------------------


def test_the_parent_agency_asks_all_agencies_and_the_centres_of_a_dzongkhag(signed_in):
    bumthang = DzongkhagFactory(iso="BT-33", name="Bumthang")
    centre = CentreFactory(gewog=GewogFactory(dzongkhag=bumthang))
    runs = PostingFactory(centre=centre, dzongkhag=bumthang, post_title="Operator").person
    elsewhere, officer, office = operator(), professional(), registrar()
    client, form = signed_in(office), {"centres": "some", "dzongkhags": [bumthang.pk]}
    assert client.get(reverse("desk:new_advisory")).status_code == 200
    cid = str(uuid.uuid4())
    for _twice in range(2):  # a button pressed twice
        sent = issue(client, cid=cid, **form)
    row = Advisory.objects.get()
    assert sent.url == row.get_absolute_url()
    asked = {office.open_posting.organisation, officer.open_posting.organisation, centre}
    assert {one.organisation or one.centre for one in row.addressees.all()} == asked
    assert (row.pool, row.issuer) == (None, "The parent agency (DITT)")
    for person in (runs, officer, office):
        assert [notice.url for notice in person.notices.all()] == [row.get_absolute_url()]
    assert elsewhere.notices.count() == 0
    assert issue(client, cid=cid, body="Something else", **form).status_code == 422
    document = SearchDocument.objects.get(key=f"advisory:{row.pk}")
    assert "rules" in document.body


def test_the_lead_of_a_pool_asks_some_agencies_in_its_name(signed_in):
    net, other = pool(), pool("SEC")
    lead, asked = serving(net, "lead"), professional()
    form = {"agencies": "some", "organisations": [asked.open_posting.organisation.pk]}
    client = signed_in(lead)
    assert "Choose a pool" in client.get(reverse("desk:new_advisory")).content.decode()
    for wrong in ({}, {"pool": other.pk}):
        assert issue(client, **form, **wrong).status_code == 422
    issue(client, pool=net.pk, **form)
    row = Advisory.objects.get()
    assert [one.organisation for one in row.addressees.all()] == [asked.open_posting.organisation]
    assert (row.issuer, lead.notices.count()) == (net.title, 0)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"due": "2020-01-01"}, "A day after today"),
        ({"due": "9999-12-31"}, "A day after today"),
        ({"agencies": "some"}, "Choose at least one agency."),
        ({"centres": "some"}, "Choose at least one dzongkhag."),
        ({"agencies": "none"}, "Somebody must be asked"),
        ({"restricted": "on", "centres": "all"}, "open to everyone"),
    ],
)
def test_what_cannot_be_sent_comes_back_with_the_text(signed_in, wrong, says):
    refused = issue(signed_in(registrar()), **wrong)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert says in page
    assert "Look at the **rules** of the firewall." in page
    assert not Advisory.objects.exists()


def test_others_issue_nothing(signed_in):
    net = pool()
    for person in (professional(), serving(net), operator()):
        assert issue(signed_in(person), pool=net.pk).status_code == 403
    assert not Advisory.objects.exists()


# --- Answering ----------------------------------------------------------------------


def test_an_agency_answers_and_corrects_and_the_newest_counts(signed_in):
    officer = professional()
    agency = officer.open_posting.organisation
    colleague = professional(organisation=agency)
    row = advisory(agency)
    me, page = signed_in(officer), row.get_absolute_url()
    assert on_my_page(me, row)
    assert "Say why it does not apply." in answer(me, row, "n_a").content.decode()
    cid = str(uuid.uuid4())
    for _twice in range(2):
        assert answer(me, row, "seen", "I look.", cid=cid).url == page
    assert answer(me, row, "done", "I look.", cid=cid).status_code == 422
    assert on_my_page(me, row)  # seen is not done
    answer(signed_in(colleague), row, "done")
    assert not on_my_page(me, row)
    answer(me, row, "n_a", "We have none after all.")
    said = list(AdvisoryAnswer.objects.values_list("state", "by"))
    assert said == [("seen", officer.pk), ("done", colleague.pk), ("n_a", officer.pk)]
    shown = me.get(page).content.decode()
    assert [shown.count(text) for text in ("I look.", "We have none after all.")] == [1, 1]
    assert Addressee.objects.with_answer().get().said == "n_a"


def test_each_answers_for_the_own_agency_or_centre_only(signed_in):
    officer, runs = professional(), operator()
    place = runs.open_posting.centre
    row = advisory(officer.open_posting.organisation, centres=[place])
    agency, centre = row.addressees.get(centre=None), row.addressees.get(centre=place)
    stranger = signed_in(professional())
    assert "is not asked" in stranger.get(row.get_absolute_url()).content.decode()
    assert answer(stranger, row, "done", addressee=agency).status_code == 422
    assert answer(signed_in(officer), row, "done", addressee=centre).status_code == 422
    answer(signed_in(runs), row, "done", addressee=centre)
    assert AdvisoryAnswer.objects.get().addressee == centre


def test_an_officer_of_the_dzongkhag_answers_for_a_centre_without_an_operator(signed_in):
    runs = operator()
    held, place = runs.open_posting.centre, runs.open_posting.dzongkhag
    vacant = CentreFactory(gewog=GewogFactory(dzongkhag=place))
    hall = OrganisationFactory(name="Dzongkhag Administration, Thimphu")
    officer = professional(organisation=hall, dzongkhag=place)
    row = advisory(centres=[held, vacant])
    mine, theirs = row.addressees.get(centre=vacant), row.addressees.get(centre=held)
    assert answer(signed_in(officer), row, "done", addressee=theirs).status_code == 422
    answer(signed_in(officer), row, "done", addressee=mine)
    assert AdvisoryAnswer.objects.get().addressee == mine


def test_the_database_keeps_every_answer():
    officer = professional()
    row = advisory(officer.open_posting.organisation)
    said = say(officer, row, "done")
    changes = [
        lambda: AdvisoryAnswer.objects.filter(pk=said.pk).update(state="seen"),
        lambda: AdvisoryAnswer.objects.filter(pk=said.pk)._raw_delete("default"),
    ]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


# --- Following ----------------------------------------------------------------------


def test_coverage_as_map_list_and_table(signed_in):
    haa = DzongkhagFactory(iso="BT-13", name="Haa")
    done, silent = professional(), professional(organisation=OrganisationFactory(name="=Silent"))
    hinders = professional(dzongkhag=haa)
    row = advisory(*(one.open_posting.organisation for one in (done, silent, hinders)))
    say(done, row, "done")
    say(hinders, row, "n_a", "=We have\nno server")
    client, address = signed_in(registrar()), reverse("desk:coverage", args=[row.pk])
    page = client.get(address).content.decode()
    assert page.count('class="tile tile--') == 2
    assert (
        '<th scope="row"><a href="?dzongkhag=Thimphu">Thimphu</a></th>'
        '<td class="number">1</td><td class="number">0</td><td class="number">1</td>' in page
    )
    assert page.count('<li class="list__item">') == 3
    for query, number in [("dzongkhag=Haa", 1), ("state=bad", 1), ("state=x", 0), ("state=%00", 0)]:
        assert (
            client.get(f"{address}?{query}").content.decode().count('class="list__item"') == number
        )
    Advisory.objects.update(due=timezone.localdate() - timedelta(days=1))
    table = client.get(reverse("desk:coverage_csv", args=[row.pk])).content.decode()
    rows = {line["name"]: line for line in csv.DictReader(table.splitlines(keepends=True))}
    assert (rows["'=Silent"]["state"], rows["'=Silent"]["late"]) == ("open", "yes")
    told = rows[hinders.open_posting.organisation.name]
    assert (told["state"], told["late"], told["reason"]) == ("n_a", "no", "'=We have\nno server")
    assert told["dzongkhag"] == "Haa"


def test_who_follows_an_advisory(signed_in):
    net, officer = pool(), professional()
    lead = serving(net, "lead")
    row = advisory(officer.open_posting.organisation, by=lead, pool=net)
    own = advisory(officer.open_posting.organisation)
    head, expert, office = head_of(officer), serving(net), registrar()
    for who, of, status in [
        (lead, row, 200), (office, row, 200), (office, own, 200),
        (lead, own, 403), (expert, row, 403), (officer, row, 403), (head, row, 403),
    ]:  # fmt: skip
        for name in ("coverage", "coverage_csv"):
            assert signed_in(who).get(reverse(f"desk:{name}", args=[of.pk])).status_code == status
        shown = reverse("desk:coverage", args=[of.pk]) in (
            signed_in(who).get(of.get_absolute_url()).content.decode()
        )
        assert shown == (status == 200)


def test_a_withdrawn_one_takes_no_answer_and_is_found_no_more(signed_in):
    officer, office = professional(), registrar()
    row = advisory(officer.open_posting.organisation)
    address = reverse("desk:withdraw_advisory", args=[row.pk])
    assert signed_in(officer).post(address, {"why": "No."}).status_code == 403
    assert signed_in(office).post(address, {"why": ""}).status_code == 422
    for _twice in range(2):
        assert signed_in(office).post(address, {"why": "It was a mistake."}).status_code == 302
    page = answer(signed_in(officer), row, "done", "Too late")
    assert (page.status_code, "Too late" in page.content.decode()) == (409, True)
    assert "It was a mistake." in page.content.decode()
    titles = list(officer.notices.order_by("pk").values_list("title", flat=True))
    assert [title.partition(":")[0] for title in titles] == ["A warning", "Withdrawn"]
    assert not on_my_page(signed_in(officer), row)
    assert not SearchDocument.objects.filter(key=f"advisory:{row.pk}").exists()


def test_a_restricted_one_is_for_those_who_are_asked(signed_in):
    officer, stranger, runs = professional(), professional(), operator()
    row = advisory(officer.open_posting.organisation, restricted=True)
    for person, status in [(officer, 200), (registrar(), 200), (stranger, 404), (runs, 404)]:
        assert signed_in(person).get(row.get_absolute_url()).status_code == status
        listed = signed_in(person).get(reverse("desk:advisories")).content.decode()
        assert (row.title in listed) == (status == 200)
    assert row.title not in str(list(officer.notices.values_list("title", flat=True)))
    root = signed_in(PersonFactory(is_superuser=True))
    assert root.get(row.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("count", [1, 12])
def test_lists_take_the_same_queries(signed_in, count, django_assert_num_queries):
    officer, office = professional(), registrar()
    agency = officer.open_posting.organisation
    others = [professional().open_posting.organisation for _each in range(count)]
    for number in range(count):
        row = advisory(agency, *others, by=office, title=f"Patch number {number}")
        say(officer, row, "seen")
    for person, address, queries, lines in [
        (officer, reverse("desk:advisories"), 12, 2 * count),
        (office, reverse("desk:coverage", args=[row.pk]), 10, count + 1),
    ]:
        client = signed_in(person)
        with django_assert_num_queries(queries):
            page = client.get(address).content.decode()
        assert page.count('<li class="list__item') == lines
