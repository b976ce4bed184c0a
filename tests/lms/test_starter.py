"""The starter content comes in, and every page of it opens."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from competencies.models import Competency
from people.models import Gewog, TrackLevel, User

pytestmark = pytest.mark.django_db


def test_an_unknown_part_is_named():
    with pytest.raises(CommandError, match="No such part: shoes") as refusal:
        call_command("load_starter", only="geography,shoes")
    assert refusal.value.returncode == 2
    assert not Gewog.objects.exists()


@pytest.mark.parametrize("only", ["geography,tracks", "tracks,geography"])
def test_only_the_parts_asked_for_come_in(only):
    said = StringIO()
    call_command("load_starter", only=only, stderr=said)
    assert [line.split(":")[0] for line in said.getvalue().splitlines()] == ["geography", "tracks"]
    assert Gewog.objects.count() == 205
    assert TrackLevel.objects.exists()
    assert not Competency.objects.exists()
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["home", "about", "account_login", "people:first_sign_in"])
def test_pages_that_need_no_sign_in(client, name):
    assert client.get(reverse(name)).status_code == 200
