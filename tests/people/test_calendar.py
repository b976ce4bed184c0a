"""Working days, and the holidays that registrars edit."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from people import services
from people.calendar import is_working_day, working_day_at_or_before
from people.models import Holiday
from tests.factories.people import professional, registrar

pytestmark = pytest.mark.django_db
NATIONAL_DAY = date(2026, 12, 17)


@given(st.dates(date(2025, 1, 1), date(2031, 1, 1)), st.sets(st.integers(0, 12)))
def test_the_working_day_before_is_one_and_the_nearest(day, off):
    holidays = {date.fromordinal(day.toordinal() - days) for days in off}
    found = working_day_at_or_before(day, holidays)
    assert is_working_day(found, holidays)
    between = range(found.toordinal() + 1, day.toordinal() + 1)
    assert not any(is_working_day(date.fromordinal(number), holidays) for number in between)


def test_the_table_is_filled_once_and_keeps_what_was_struck_out():
    assert services.fill_holidays([2026]) > 10
    assert services.fill_holidays([2026]) == 0
    row = Holiday.objects.get(day=NATIONAL_DAY)
    services.strike_holiday(row, by=registrar())
    services.fill_holidays([2026])
    assert NATIONAL_DAY not in Holiday.objects.days(date(2026, 1, 1), date(2026, 12, 31))
    services.set_holiday(NATIONAL_DAY, name="National Day", by=registrar())
    assert NATIONAL_DAY in Holiday.objects.days(NATIONAL_DAY, NATIONAL_DAY)


def test_only_registrars_name_and_strike(signed_in):
    services.set_holiday(NATIONAL_DAY, name="National Day", by=registrar())
    row = Holiday.objects.get()
    somebody = professional()
    with pytest.raises(PermissionDenied):
        services.set_holiday(NATIONAL_DAY, name="x", by=somebody)
    browser = signed_in(somebody)
    address = reverse("people:holidays")
    assert browser.get(address).status_code == 200
    assert browser.post(address, {"day": "2026-12-18", "name": "x"}).status_code == 403
    assert browser.post(reverse("people:strike_holiday", args=[row.pk])).status_code == 403
    keeper = signed_in(registrar())
    assert keeper.post(address, {"day": "soon", "name": "x"}).status_code == 422
    assert keeper.post(address, {"day": "2026-12-18", "name": "Announced"}).status_code == 302
    keeper.post(reverse("people:strike_holiday", args=[row.pk]))
    assert [day.name for day in Holiday.objects.filter(kept=True)] == ["Announced"]
