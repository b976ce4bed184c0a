"""Revoke, suspend, restore, withhold and issue by hand: one proposes, another confirms."""

import itertools
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from openvc.status.bitstring import decode_bitstring, get_status_bit

from certification import badge, keys, queries, services
from certification.models import Credential, Proposal, StatusEvent, Withheld
from certification.states import STATUS_MOVES, Action, Standing, after
from tests.factories.certification import by_two, fresh, issued, scheme, two_keepers
from tests.factories.people import professional, registrar

pytestmark = pytest.mark.django_db


def bits(client, credential, **query) -> dict[str, int]:
    """What both public lists say of a certificate."""
    found = {}
    for purpose in ("revocation", "suspension"):
        address = reverse("certification:status_list", args=[purpose, credential.status_list])
        token = client.get(address, query).content.decode()
        signed = badge.read(token, keys.public_keys(), typ=badge.STATUS)
        packed = decode_bitstring(signed["credentialSubject"]["encodedList"])
        assert len(packed) * 8 == 131_072
        found[purpose] = get_status_bit(packed, credential.status_index)
    return found


def page_of(client, credential) -> str:
    return client.get(reverse("certification:check", args=[credential.serial])).content.decode()


def test_a_suspension_and_its_end_show_on_page_and_list(client):
    credential = issued()
    assert bits(client, credential) == {"revocation": 0, "suspension": 0}
    by_two("suspend", credential=credential, reason="Under inquiry")
    assert bits(client, credential) == {"revocation": 0, "suspension": 1}
    assert "was suspended on" in page_of(client, credential)
    assert "Under inquiry" in page_of(client, credential)
    by_two("restore", credential=credential, reason="Cleared")
    assert bits(client, credential) == {"revocation": 0, "suspension": 0}
    assert "holds today" in page_of(client, credential)
    by_two("revoke", credential=credential, reason="Issued by mistake")
    assert bits(client, credential) == {"revocation": 1, "suspension": 0}
    assert "taken back on" in page_of(client, credential)


def test_the_list_of_an_earlier_day_can_be_made_again(client):
    credential = issued()
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        by_two("revoke", credential=credential)
        assert bits(client, credential)["revocation"] == 1
        yesterday = timezone.localdate() - timedelta(days=1)
        assert bits(client, credential, at=str(yesterday))["revocation"] == 0


def test_page_and_list_change_in_one_transaction(client):
    credential = issued()
    first, second = two_keepers()
    proposal = services.propose("revoke", by=first, reason="x", credential=credential)
    before = transaction.savepoint()
    services.confirm(proposal, by=second)
    assert bits(client, credential)["revocation"] == 1
    assert "taken back on" in page_of(client, credential)
    transaction.savepoint_rollback(before)
    assert bits(client, credential)["revocation"] == 0
    assert "holds today" in page_of(client, credential)


def test_the_whole_way_through_the_pages(signed_in, client):
    credential = issued()
    first, second = two_keepers()
    address = reverse("certification:change", args=[credential.serial])
    browser = signed_in(first)
    for wrong in ({"kind": "revoke", "reason": ""}, {"kind": "restore", "reason": "x"},
                  {"kind": "revoke", "reason": "a\0b"}, {"kind": "x", "reason": "y"}):  # fmt: skip
        assert browser.post(address, wrong).status_code == 422
    for _twice in range(2):
        browser.post(address, {"kind": "revoke", "reason": "Issued by mistake"})
    proposal = Proposal.objects.get(kind="revoke")
    own = reverse("certification:decide", args=[proposal.pk, "confirm"])
    assert browser.post(own).status_code == 403
    assert "holds today" in page_of(client, credential)
    listed = signed_in(second).get(reverse("certification:proposals")).content.decode()
    assert "Issued by mistake" in listed
    assert signed_in(second).post(own).status_code == 302
    assert signed_in(second).post(own).status_code == 302
    assert "taken back on" in page_of(client, credential)
    assert StatusEvent.objects.count() == 1


def test_nobody_else_proposes_confirms_or_declines(signed_in):
    credential = issued()
    holder = credential.holder
    proposal = services.propose("suspend", by=registrar(), reason="x", credential=credential)
    browser = signed_in(holder)
    change = reverse("certification:change", args=[credential.serial])
    assert browser.post(change, {"kind": "revoke", "reason": "x"}).status_code == 403
    assert browser.post(reverse("certification:proposals")).status_code == 403
    for answer in ("confirm", "decline"):
        address = reverse("certification:decide", args=[proposal.pk, answer])
        assert browser.post(address).status_code == 404
    scheme_page = reverse("certification:scheme", args=[credential.scheme.code])
    assert browser.post(scheme_page, {"title": "Mine"}).status_code == 403
    for act in (services.confirm, services.decline):
        with pytest.raises(PermissionDenied):
            act(proposal, by=holder)
    with pytest.raises(PermissionDenied):
        services.propose("issue", by=holder, reason="x", scheme=credential.scheme, holder=holder)
    assert Proposal.objects.get(pk=proposal.pk).state == "waiting"


def test_the_database_wants_two_people():
    credential = issued()
    keeper = registrar()
    with pytest.raises(IntegrityError), transaction.atomic():
        StatusEvent.objects.create(
            credential=credential, action="revoke", reason="x", proposed_by=keeper,
            confirmed_by=keeper, at=timezone.now(),
        )  # fmt: skip
    proposal = services.propose("revoke", by=keeper, reason="x", credential=credential)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(state="confirmed", decided_by=keeper)


def test_what_was_declined_is_not_confirmed():
    credential = issued()
    first, second = two_keepers()
    proposal = services.propose("revoke", by=first, reason="x", credential=credential)
    services.decline(proposal, by=first)
    with pytest.raises(services.ProposalError, match="declined"):
        services.confirm(proposal, by=second)
    assert fresh(credential).state == "valid"


@pytest.mark.parametrize("standing", list(Standing))
@pytest.mark.parametrize("action", list(Action))
def test_every_move_of_a_certificate(standing, action):
    credential = issued()
    keepers = two_keepers()
    for done in {"good": [], "suspended": ["suspend"], "revoked": ["revoke"]}[standing]:
        by_two(done, keepers, credential=credential)
    if (standing, action) in STATUS_MOVES:
        by_two(action, keepers, credential=credential)
        assert fresh(credential).standing == STATUS_MOVES[standing, action]
        return
    with pytest.raises(services.ProposalError, match="cannot be changed"):
        by_two(action, keepers, credential=credential)
    assert fresh(credential).standing == standing


def test_a_list_of_actions_folds_or_is_refused():
    for actions in itertools.product(Action, repeat=3):
        standing, legal = Standing.GOOD, True
        for action in actions:
            legal = legal and (standing, action) in STATUS_MOVES
            standing = STATUS_MOVES.get((standing, action), standing)
        if legal:
            assert after(actions) == standing
        else:
            with pytest.raises(KeyError):
                after(actions)


def test_a_leavers_certificate_still_verifies(client):
    credential = issued()
    holder = credential.holder
    holder.postings.update(ends=timezone.localdate())
    holder.is_active = False
    holder.save()
    assert "holds today" in page_of(client, credential)


def test_erasure_leaves_valid_and_the_name_withheld(client):
    credential = issued()
    name, dzongkha = credential.name, credential.name_dz
    by_two("withhold", credential=credential)
    page = page_of(client, credential)
    assert "holds today" in page
    assert "Name withheld" in page
    row = Credential.objects.get(pk=credential.pk)
    stored = [row.name, row.name_dz, row.jwt, row.slip, str(row.claims)]
    stored += [str(row.withheld.claims), row.withheld.jwt]
    assert not any(text in kept for text in (name, dzongkha) for kept in stored)
    assert queries.is_genuine(fresh(credential))
    told = client.get(f"/api/v1/credentials/{credential.serial}").json()
    assert (told["name"], told["signature_holds"]) == ("Name withheld", True)
    by_two("revoke", credential=credential)
    assert bits(client, credential)["revocation"] == 1


def test_the_database_lets_nothing_but_an_erasure_through():
    credential = issued()
    rows = Credential.objects.filter(pk=credential.pk)
    erased = {"name": "", "name_dz": "", "jwt": "", "slip": "", "claims": {}}
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(**erased)  # no row says that it is withheld
    Withheld.objects.create(credential=credential, claims={}, jwt="", at=timezone.now())
    for wrong in ({"name": "Somebody else"}, {"valid_until": None}, {"title": "More"}):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.update(**(erased | wrong))
    by_two("suspend", credential=credential)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        StatusEvent.objects.update(reason="y")
    rows.update(**erased)


def test_issuing_by_hand_is_proposed_in_the_page(signed_in):
    first, second = two_keepers()
    made, holder = scheme(), professional()
    browser = signed_in(first)
    address = reverse("certification:proposals")
    data = {"scheme": made.pk, "holder": holder.employee_id, "reason": "Assessed at work"}
    assert browser.post(address, data | {"holder": "NOBODY"}).status_code == 422
    assert browser.post(address, data).status_code == 302
    assert not Credential.objects.exists()
    services.confirm(Proposal.objects.get(), by=second)
    credential = Credential.objects.get()
    assert (credential.holder, credential.basis) == (holder, "Assessed at work")


def test_a_bad_rule_is_refused_on_the_page_and_kept(signed_in):
    made = scheme()
    other = scheme(rule={"certificate": made.code}, competency=False)
    browser = signed_in(registrar())
    address = reverse("certification:scheme", args=[made.code])
    data = {"title": "T", "description": "D", "valid_months": 12, "renew_from_days": 60,
            "grace_days": 7, "renewal": ""}  # fmt: skip
    for rule, said in (
        ("all: [", "This is no YAML"),
        ("shoes: 1", "a part is one of"),
        ("course: none", "There is no course “none”."),
        ("observation: X-1", "There is no observation “X-1”."),
        ("&r\nall:\n- *r\n", "contains itself"),
        (f"certificate: {other.code}", "would need each other"),
    ):
        refused = browser.post(address, data | {"rule": rule})
        assert refused.status_code == 422
        assert said in refused.content.decode()
    good = data | {"rule": f"course: {made.rule['course']}"}
    assert browser.post(address, good).status_code == 302
    made.refresh_from_db()
    assert (made.valid_months, made.grace_days) == (12, 7)
