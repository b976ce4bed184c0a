import pytest
from django.urls import reverse

from notifications.models import Notice
from notifications.services import notify
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db


def tell(person, number=1):
    notify(
        [person], event=f"test:{number}", title=f"Event {number}", reason="You watch it", url="/me/"
    )


def test_the_same_event_reaches_a_person_once():
    person = PersonFactory()
    tell(person)
    tell(person)
    assert Notice.objects.count() == 1


def test_open_marks_read_and_goes_there(signed_in):
    person = PersonFactory()
    tell(person)
    notice = person.notices.get()
    response = signed_in(person).post(reverse("notifications:open", args=[notice.pk]))
    assert response.url == "/me/"
    assert not person.notices.unread().exists()


def test_another_persons_notice_is_not_there(signed_in):
    person = PersonFactory()
    tell(person)
    url = reverse("notifications:open", args=[person.notices.get().pk])
    assert signed_in(PersonFactory()).post(url).status_code == 404
    assert person.notices.unread().count() == 1


def test_read_all_leaves_others_alone(signed_in):
    person, other = PersonFactory(), PersonFactory()
    tell(person)
    tell(other)
    signed_in(person).post(reverse("notifications:read_all"))
    assert list(Notice.objects.unread().values_list("person", flat=True)) == [other.pk]


@pytest.mark.parametrize("notices", [1, 25])
def test_list_query_count(signed_in, django_assert_num_queries, notices):
    person = PersonFactory()
    for number in range(notices):
        tell(person, number)
    client = signed_in(person)
    with django_assert_num_queries(5):  # session, person, count, page, unread badge
        response = client.get(reverse("notifications:list"))
    assert response.content.count(b"You watch it") == notices


def test_empty_list_says_what_will_come(signed_in):
    response = signed_in(PersonFactory()).get(reverse("notifications:list"))
    assert "Nothing waits for you" in response.content.decode()


def test_list_sends_a_stranger_to_sign_in(client):
    response = client.get(reverse("notifications:list"))
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")
