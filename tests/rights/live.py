from live.models import Session
from tests.rights import SIGNED_IN, Right


def open_session():
    return [Session.objects.get(slug="open-hour-networking").pk]


def past_session():
    held = Session.objects.filter(state="closed").order_by("pk").first()
    return [held.pk] if held else open_session()


# The host and the leaver of the demonstration are experts too.
HANDS = frozenset({"expert", "lead", "host", "leaver"})
RIGHTS = {
    "live:list": Right(SIGNED_IN),
    "live:plan": Right(HANDS),
    "live:session": Right(SIGNED_IN, args=open_session, queries=30),
    "live:act": Right(SIGNED_IN, args=open_session, status=405),
    "live:commands": Right(SIGNED_IN | {"anonymous"}, args=open_session, status=405),
    "live:snapshot": Right(SIGNED_IN, args=open_session, html=False),
    "live:projector": Right(SIGNED_IN, args=open_session),
    "live:minutes": Right(SIGNED_IN, args=past_session),
    "live:minutes_markdown": Right(SIGNED_IN, args=past_session, html=False),
    "live:minutes_pdf": Right(SIGNED_IN, args=past_session, html=False),
    "live:minutes_csv": Right(SIGNED_IN, args=past_session, html=False),
    "live:edit": Right(frozenset({"host"}), args=open_session),
}
