"""Reads of mail for its pages."""

from django.db.models import Count, Min, OuterRef, QuerySet, Subquery

from notifications.bounces import DEAD_AT, counted
from notifications.models import Bounce, IncomingMail, Mail
from people.models import Posting, User

MOST_ADDRESSES = 200


def held() -> QuerySet:
    """Mails that wait for a look of a registrar, the oldest first."""
    waiting = IncomingMail.objects.filter(outcome=IncomingMail.Outcome.HELD, door="")
    return waiting.select_related("person").order_by("received", "pk")


def bounced(address: str) -> dict | None:
    """What came back from one address: number, the last time, why, and whether it is given up."""
    row = counted().filter(address=address.lower()).first() if address else None
    if row is None:
        return None
    last = Bounce.objects.filter(address=row["address"], forgiven_at__isnull=True).first()
    return row | {"reason": last.reason if last else "", "dead": row["points"] >= DEAD_AT}


def failing() -> list[dict]:
    """Addresses that mails came back from, by the agency of their person, the newest first."""
    rows = list(counted()[:MOST_ADDRESSES])
    now = Posting.objects.open().filter(person=OuterRef("pk"))
    people = User.objects.filter(mails__bounce__address__in=[row["address"] for row in rows])
    people = people.annotate(agency=Subquery(now.values("organisation__name")[:1]))
    owners = {
        address: {"name": name, "agency": agency or ""}
        for address, name, agency in people.values_list("mails__bounce__address", "name", "agency")
    }
    unknown = {"name": "", "agency": ""}
    found = [
        row | owners.get(row["address"], unknown) | {"dead": row["points"] >= DEAD_AT}
        for row in rows
    ]
    return sorted(found, key=lambda row: row["agency"])


def outbox_states() -> list[dict]:
    """How many mails are in each state, and since when the oldest of them."""
    rows = (
        Mail.objects.order_by().values("state").annotate(number=Count("pk"), oldest=Min("created"))
    )
    found = {row["state"]: row for row in rows}
    return [
        {"label": state.label, **found[state.value]} for state in Mail.State if state.value in found
    ]
