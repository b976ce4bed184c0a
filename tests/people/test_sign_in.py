"""Signing in: by employee id or e-mail, the first time by a code, and out again."""

import pytest
from django.urls import reverse

from people.services import hand_out_code
from tests.factories.people import PersonFactory, professional, registrar

pytestmark = pytest.mark.django_db
SECRET = "five-prayer-flags"


@pytest.fixture
def person():
    person = professional(person=PersonFactory(email="officer@example.org"))
    person.set_password(SECRET)
    person.save()
    return person


def sign_in(client, name, password=SECRET):
    return client.post(reverse("account_login"), {"login": name, "password": password})


@pytest.mark.parametrize("by", ["employee_id", "email"])
def test_by_employee_id_or_e_mail(client, person, by):
    page = client.get(reverse("account_login")).content.decode()
    assert "Employee ID or e-mail" in page
    assert sign_in(client, getattr(person, by)).status_code == 302
    assert person.name in client.get(reverse("my_page")).content.decode()


def test_a_wrong_password_says_so_keeps_the_name_and_signs_nobody_in(client, person):
    response = sign_in(client, person.employee_id, "wrong")
    page = response.content.decode()
    assert person.employee_id in page
    assert 'role="alert"' in page
    assert client.get(reverse("my_page")).status_code == 302


def test_nobody_learns_from_the_answer_whether_an_id_exists(client, person):
    known = sign_in(client, person.employee_id, "wrong").content.decode()
    unknown = sign_in(client, "ICT99999", "wrong").content.decode()
    assert known.count("errorlist") == unknown.count("errorlist") > 0


def test_who_left_is_not_signed_in(client, person):
    person.is_active = False
    person.save()
    sign_in(client, person.employee_id)
    assert client.get(reverse("my_page")).status_code == 302


def test_sign_out_takes_a_press_and_ends_the_session(client, person):
    client.force_login(person)
    assert client.get(reverse("account_logout")).status_code == 200
    assert client.get(reverse("my_page")).status_code == 200
    client.post(reverse("account_logout"))
    assert client.get(reverse("my_page")).status_code == 302


def first_sign_in(client, person, code, password=SECRET):
    form = {"employee_id": person.employee_id, "code": code, "password": password}
    return client.post(reverse("people:first_sign_in"), form)


def test_the_first_sign_in_takes_the_registrars_code_once(client):
    newcomer = professional()
    code = hand_out_code(newcomer, by=registrar())
    assert first_sign_in(client, newcomer, code).status_code == 302
    assert client.get(reverse("my_page")).status_code == 200
    client.post(reverse("account_logout"))
    again = first_sign_in(client, newcomer, code, "another-long-password")
    assert again.status_code == 422
    assert sign_in(client, newcomer.employee_id).status_code == 302


def test_a_wrong_code_and_a_weak_password_are_refused_at_their_fields(client):
    newcomer = professional()
    code = hand_out_code(newcomer, by=registrar())
    assert first_sign_in(client, newcomer, "000-000").status_code == 422
    assert first_sign_in(client, newcomer, code, "1234").status_code == 422
    assert first_sign_in(client, newcomer, code).status_code == 302
