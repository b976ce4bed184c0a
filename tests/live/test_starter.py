"""The starter sessions come in through the commands, whole and once."""

import pytest
import yaml
from django.conf import settings

from live import starter
from live.fold import balance
from live.log import state_of
from live.models import Event, Session
from tests.factories.forums import pool
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db
FOLDER = settings.BASE_DIR / "starter"


def people_of_the_cast():
    entries = yaml.safe_load((FOLDER / "cast.yaml").read_text("utf-8"))
    for entry in entries.values():
        PersonFactory(employee_id=entry["employee_id"])


def test_sessions_come_in_once_with_their_outcomes():
    pool("NET")
    people_of_the_cast()
    said = [starter.load(FOLDER) for _time in range(2)]
    assert said == ["4 live sessions"] * 2
    held = Session.objects.get(slug="last-mile-lines")
    counts = balance(state_of(held))
    expected = {"live": 2, "written": 1, "owed": 2, "dismissed": 1, "merged": 1, "withdrawn": 1}
    assert counts == {**expected, "asked": 8, "pending": 0}
    assert held.events.filter(kind="sess.closed").get().at == held.ends
    clinic = balance(state_of(Session.objects.get(slug="fault-finding-clinic")))
    settled = {"live": 4, "written": 2, "owed": 2, "dismissed": 1, "merged": 1, "withdrawn": 0}
    assert clinic == {**settled, "asked": 10, "pending": 0}
    states = Session.objects.exclude(state="closed").order_by("state")
    assert list(states.values_list("state", flat=True)) == ["open", "scheduled"]


def test_a_load_that_breaks_off_leaves_no_half_session(monkeypatch):
    pool("NET")
    people_of_the_cast()
    monkeypatch.setattr(starter._Replay, "_settle", lambda replay: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        starter.load(FOLDER)
    assert not Session.objects.filter(slug="last-mile-lines").exists()
    assert not Event.objects.exists()
