"""From a passed course to a certificate that anybody can check."""

import io
import uuid
from datetime import date, timedelta

import jwt as pyjwt
import pypdfium2
import pytest
import time_machine
import yaml
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from jwt.algorithms import ECAlgorithm
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier

from assessments import services as assessments
from certification import badge, keys, queries, services, starter
from certification.models import Credential, Scheme
from certification.pdf import certificate
from competencies.models import Evidence
from courses.models import Completion
from tests.factories.assessments import RIGHT, quiz_with_bank
from tests.factories.certification import by_two, issued, scheme, two_keepers
from tests.factories.courses import CompetencyFactory, course
from tests.factories.people import PersonFactory, professional, registrar

pytestmark = pytest.mark.django_db
LONG = "Jigme Khesar Wangchuk Dorji Tshering Namgyal Rinzin Phuntsho Lhendup Gyeltshen Zangmo"
DZONGKHA = "བཀྲ་ཤིས་རྡོ་རྗེ"


def open_units(client, enrolment):
    for unit in enrolment.version.units.all():
        address = reverse("courses:finish_unit", args=[enrolment.pk, unit.key])
        assert client.post(address).status_code == 302


def pass_quiz(quiz, person):
    attempt = assessments.start_attempt(quiz, person=person, cid=uuid.uuid4())
    for slot in attempt.slots.all():
        answer = RIGHT[slot.question_version.question.ident]
        assessments.save_response(slot, answer=answer, client_seq=1)
    return assessments.finish_attempt(attempt)


def public_pem() -> bytes:
    [jwk] = keys.public_keys().values()
    return ECAlgorithm.from_jwk(jwk)


def test_completing_a_course_gives_one_certificate(signed_in):
    person = professional()
    page = course(quiz=quiz_with_bank(), competencies=[CompetencyFactory()])
    scheme(page)
    client = signed_in(person)
    client.post(reverse("courses:enrol", args=[page.pk]))
    enrolment = person.enrolments.get()
    open_units(client, enrolment)
    assert not Credential.objects.exists()
    pass_quiz(page.quiz, person)
    open_units(client, enrolment)
    credential = Credential.objects.get()
    assert credential.completion == Completion.objects.get()
    assert "100 %" in credential.basis
    assert Evidence.objects.count() == 1
    assert credential.title in client.get(reverse("certification:mine")).content.decode()
    services.follow_completion(credential.completion)
    assert Credential.objects.count() == 1


def test_a_course_without_the_mark_gives_none(signed_in):
    person, page = professional(), course()
    scheme(page)
    free = scheme(page, percent=None)
    client = signed_in(person)
    client.post(reverse("courses:enrol", args=[page.pk]))
    open_units(client, person.enrolments.get())
    assert [row.scheme for row in Credential.objects.all()] == [free]


def test_another_implementation_verifies_it_and_refuses_a_changed_one():
    credential = issued()
    found = OB3Verifier(public_pem()).verify(credential.jwt)
    assert found.achievement.name == "Cabling of small offices"
    head, body, signature = credential.jwt.split(".")
    changed = pyjwt.utils.base64url_decode(body).replace(b"small", b"large")
    forged = f"{head}.{badge.base64url(changed)}.{signature}"
    with pytest.raises(OB3VerificationError, match="signature"):
        OB3Verifier(public_pem()).verify(forged)
    with pytest.raises(badge.NotGenuineError, match="changed"):
        badge.read(forged, keys.public_keys())


def test_plain_jwk_check_reads_the_whole_credential():
    credential = issued()
    payload = pyjwt.decode(credential.jwt, public_pem(), algorithms=["ES256"])
    assert payload["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    achievement = payload["credentialSubject"]["achievement"]
    assert achievement["alignment"][0]["targetCode"].startswith("NET-")
    assert achievement["alignment"][0]["targetFramework"] == "F"
    assert payload["jti"].endswith(f"/check/{credential.serial}/")
    assert payload["exp"] > payload["nbf"]


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "e30.e30.e30", "W10.W10.W10", "é.é.é"])
def test_what_is_no_token_is_refused(token):
    with pytest.raises(badge.NotGenuineError):
        badge.read(token, keys.public_keys())


def test_a_token_without_a_signature_algorithm_is_refused():
    credential = issued()
    unsigned = pyjwt.encode(
        credential.claims, None, "none", {"kid": next(iter(keys.public_keys()))}
    )
    with pytest.raises(badge.NotGenuineError):
        badge.read(unsigned, keys.public_keys())


def test_the_database_refuses_to_change_a_certificate():
    credential = issued()
    for change in (
        lambda: Credential.objects.filter(pk=credential.pk).update(name="Somebody else"),
        lambda: Credential.objects.filter(pk=credential.pk)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_a_later_name_does_not_change_the_certificate():
    credential = issued()
    before = credential.name
    credential.holder.name = "Changed"
    credential.holder.save()
    assert Credential.objects.get().name == before


def pdf_page(credential):
    document = pypdfium2.PdfDocument(certificate(credential))
    assert len(document) == 1
    return document[0]


def ink(credential) -> bytes:
    return pdf_page(credential).render(scale=1).to_pil().tobytes()


def test_the_pdf_prints_names_and_number_on_one_page():
    person = professional(person=PersonFactory(name=LONG, name_dz=DZONGKHA * 3))
    credential = issued(person)
    text = pdf_page(credential).get_textpage().get_text_bounded()
    assert credential.serial in text
    assert LONG in " ".join(text.split())


def test_the_pdf_draws_dzongkha_with_its_own_font():
    """Two names of Dzongkha letters give other pictures than none and than each other."""
    shared = scheme()
    pictures = set()
    for name in ("", "ཀ", "ཁ", "ཀྲ"):
        row = Credential(
            serial="CC-2026-AAAA-AAAA", scheme=shared, name="A", name_dz=name, title="T",
            basis="B", valid_from=date(2026, 1, 1), issued_at=timezone.now(),
        )  # fmt: skip
        row.claims = badge.claims(row, [])
        content = certificate(row)
        pictures.add(pypdfium2.PdfDocument(content)[0].render(scale=1).to_pil().tobytes())
        assert (b"DDC" in content) == bool(name)
    assert len(pictures) == 4


def test_markup_in_a_name_is_printed_as_it_is():
    name = '#panic("x") $ \\ *bold* <b>'
    credential = issued(professional(person=PersonFactory(name=name)))
    assert name in pdf_page(credential).get_textpage().get_text_bounded()


def test_the_check_page_says_valid_then_expired(client):
    credential = issued()
    address = reverse("certification:check", args=[credential.serial])
    page = client.get(address).content.decode()
    for fact in (credential.name, credential.name_dz, credential.title, "holds today"):
        assert fact in page
    with time_machine.travel(timezone.now() + timedelta(days=800)):
        assert "but it ended on" in client.get(address).content.decode()
    typed = reverse("certification:check", args=[credential.serial.lower()])
    assert client.get(typed).status_code == 200


def test_the_check_page_names_a_forged_row(client):
    credential = issued()
    row = Credential.objects.get()
    row.pk, row.serial, row.name = None, "CC-2026-FFFF-FFFF", "Somebody else"
    row.valid_from = credential.valid_from - timedelta(days=1)
    row.status_list = row.status_index = None
    row.save(force_insert=True)
    page = client.get(reverse("certification:check", args=[row.serial])).content.decode()
    assert "Not genuine" in page
    assert "holds today" not in page


@pytest.mark.parametrize("serial", ["CC-2026-XXXX-XXXX", "x" * 500, "<b>", "%00", "༠", "🙂"])
def test_an_unknown_number_gives_a_form(client, serial):
    answer = client.get(f"/check/{serial}/")
    assert answer.status_code == 404
    assert "never issued" in answer.content.decode()


def test_the_form_leads_to_the_check(client):
    credential = issued()
    address = reverse("certification:check_form")
    assert client.get(address).status_code == 200
    answer = client.get(address, {"serial": credential.serial.lower()})
    assert answer.url == reverse("certification:check", args=[credential.serial])
    long = client.get(address, {"serial": "x" * 100_000})
    assert long.status_code == 422
    assert client.get(address, {"serial": "\0"}).status_code == 422
    assert client.get(address, {"serial": "a/b"}).status_code == 422


@pytest.mark.parametrize("kind", ["pdf", "jwt", "json"])
def test_the_holder_downloads_and_a_stranger_does_not(signed_in, kind):
    credential = issued()
    address = reverse("certification:download", args=[credential.serial, kind])
    answer = signed_in(credential.holder).get(address)
    assert answer.status_code == 200
    assert f"{credential.serial}.{kind}" in answer["Content-Disposition"]
    assert signed_in(professional()).get(address).status_code == 404
    assert Client().get(address).status_code == 302
    assert signed_in(credential.holder).get(address + "x").status_code == 404


def test_a_certificate_page_is_for_its_holder(signed_in):
    credential = issued()
    assert signed_in(credential.holder).get(credential.get_absolute_url()).status_code == 200
    assert signed_in(professional()).get(credential.get_absolute_url()).status_code == 404
    assert signed_in(credential.holder).get("/certificates/CC-0/").status_code == 404
    assert Client().get(credential.get_absolute_url()).status_code == 302


@pytest.mark.parametrize("count", [1, 30])
def test_my_certificates_take_the_same_queries(signed_in, count, django_assert_max_num_queries):
    person = professional()
    keepers = two_keepers()
    for number in range(count):
        made = scheme(rule={"quiz": f"q{number}"}, competency=False)
        issued(person, of=made, keepers=keepers)
    client = signed_in(person)
    with django_assert_max_num_queries(20):
        page = client.get(reverse("certification:mine")).content.decode()
    assert page.count('list__title"><a href="/certificates/CC-') == count


def test_what_lapses_is_told_until_it_is_renewed(signed_in):
    today = timezone.localdate()
    credential = issued(scheme={"valid_months": 1}, valid_from=today)
    person = credential.holder
    assert list(queries.lapsing_for(person)) == [credential]
    assert "Renew it" in signed_in(person).get(reverse("certification:mine")).content.decode()
    Scheme.objects.update(valid_months=24)
    credential.scheme.refresh_from_db()
    later = today + timedelta(days=1)
    issued(person, of=credential.scheme, valid_from=later)
    assert not queries.lapsing_for(person)


def test_the_keys_are_public_without_their_private_part(client):
    keys.require_first(lambda: False)
    found = client.get("/.well-known/jwks.json").json()["keys"]
    assert keys.signing_key().kid in {jwk["kid"] for jwk in found}
    assert {jwk["crv"] for jwk in found} == {"P-256"}
    assert not any("d" in jwk for jwk in found)


def test_the_api_lists_own_certificates(signed_in):
    credential = issued()
    found = signed_in(credential.holder).get("/api/v1/credentials").json()
    assert [row["serial"] for row in found["items"]] == [credential.serial]
    assert signed_in(professional()).get("/api/v1/credentials").json()["items"] == []
    assert Client().get("/api/v1/credentials").status_code == 401


def test_the_api_checks_a_certificate_without_sign_in(client):
    credential = issued()
    address = f"/api/v1/credentials/{credential.serial}"
    found = client.get(address).json()
    assert (found["state"], found["signature_holds"]) == ("valid", True)
    by_two("revoke", credential=credential, reason="Mistake")
    found = client.get(address).json()
    assert (found["state"], found["status_reason"]) == ("revoked", "Mistake")
    assert client.get("/api/v1/credentials/CC-1").status_code == 404


def run(*words) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_the_starter_says_what_waits_for_its_course(tmp_path, settings):
    settings.DEMO = True
    CompetencyFactory(code="NET-01")
    rows = [
        {"code": "a", "title": "A", "description": "d", "rule": {"course": "cabling"},
         "valid_months": 24, "competencies": [{"code": "NET-01", "level": "Entry"}],
         "demo": {"holder": "o", "by": ["r", "s"], "ends_in_days": 40, "basis": "b"}},
        {"code": "b", "title": "B", "description": "d", "rule": {"course": "none"},
         "valid_months": 24, "competencies": "from course"},
    ]  # fmt: skip
    holder = professional()
    people = {"o": holder, "r": registrar(), "s": registrar()}
    cast = {key: {"employee_id": person.employee_id} for key, person in people.items()}
    (tmp_path / "schemes.yaml").write_text(yaml.safe_dump({"schemes": rows}))
    (tmp_path / "cast.yaml").write_text(yaml.safe_dump(cast))
    course(slug="cabling")
    waits = "“B” waits: There is no course “none”."
    assert starter.load(tmp_path) == f"1 certificate schemes, 1 certificates issued; {waits}"
    assert starter.load(tmp_path) == f"1 certificate schemes, 0 certificates issued; {waits}"
    [credential] = Credential.objects.all()
    assert credential.state == "valid"
    assert list(queries.lapsing_for(holder)) == [credential]
