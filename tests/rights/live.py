from live.models import Session
from tests.rights import PUBLIC, SIGNED_IN, Right


def open_session():
    return [Session.objects.get(slug="open-hour-networking").pk]


def past_session():
    held = Session.objects.filter(state="closed").order_by("pk").first()
    return [held.pk] if held else open_session()


def the_wall():
    return [Session.objects.get(slug="open-hour-networking").wall]


def the_code():
    return [Session.objects.get(slug="open-hour-networking").code]


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
    "live:calendar": Right(SIGNED_IN, args=open_session, html=False),
    "live:calendar_of_all": Right(SIGNED_IN, html=False),
    "live:coming": Right(SIGNED_IN, args=open_session, status=405),
    "live:wall": Right(PUBLIC, args=the_wall),
    "join": Right(PUBLIC, args=the_code, status=302),
    "live:edit": Right(frozenset({"host"}), args=open_session),
    "live:agencies": Right(frozenset({"host"}), args=open_session),
}
