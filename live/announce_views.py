"""How a session is found and remembered: short code, wall, calendar, reminders."""

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from live import announcing, pages, queries, services
from live.fold import Viewer, parts_seen
from live.log import state_of
from live.models import Session
from people.icalendars import calendar_response

ON_THE_WALL = 5
LONG = 160  # letters: a question that is written smaller, to stand on the wall as a whole


@require_safe
def join(request, code):
    """What stands on the wall and in the invitation; the session itself asks for the sign-in."""
    return redirect(
        get_object_or_404(Session.objects.exclude(code=""), code=_storable(code).upper())
    )


@require_safe
def wall(request, token):
    """Large and read-only, for a hall: no sign-in, no names of hosts' powers, plain polling.

    Whoever has the address sees what everybody in the session may see, and no more.
    """
    rows = Session.objects.exclude(wall="").select_related("pool", "host")
    session = get_object_or_404(rows, wall=_storable(token))
    return _wall_page(request, session)


def _wall_page(request, session):
    """Asked again every few seconds: what is known is not sent again."""
    services.tally(session.pk)
    state = state_of(session)
    etag = f'"{session.epoch}:{state.seq}:{session.revision}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    else:
        response = render(request, "live/wall.html", wall_context(request, session, state))
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


def wall_context(request, session, state):
    address = request.build_absolute_uri(reverse("join", args=[session.code]))
    code = segno.make(address, error="m").svg_inline(
        scale=5, border=2, svgclass=None, lineclass=None, omitsize=True
    )
    shown = pages.shown(state, Viewer(), set(), "top")
    polls = [poll for poll in parts_seen(state, Viewer())["polls"] if poll["state"] == "open"]
    return {
        "title": session.title,
        "session": session,
        "seq": state.seq,
        "shown": shown,
        "next": [q for q in shown.open if q["id"] != state.current][:ON_THE_WALL],
        "polls": pages.shown_polls(polls[-1:], {}),
        "long": shown.current and len(shown.current["body"]) > LONG,
        "hands": len(state.hands),
        "address": address.partition("://")[2],
        "code": mark_safe(code),  # noqa: S308 (drawn here from an address of our own)
    }


@login_required
@require_safe
def projector(request, pk):
    """The same for who is signed in."""
    rows = Session.objects.visible_to(request.user).select_related("pool", "host")
    return _wall_page(request, get_object_or_404(rows, pk=pk))


def _storable(text):
    """A part of an address as a database can look for it."""
    return "" if "\0" in text or not text.isascii() else text


@login_required
@require_safe
def calendar(request, pk):
    session = get_object_or_404(Session.objects.visible_to(request.user), pk=pk)
    found = announcing.calendar_of([session], session.title)
    return calendar_response(found, f"session-{pk}.ics")


@login_required
@require_safe
def calendar_of_all(request):
    """What is open or comes, of all that one may take part in."""
    sessions = queries.open_or_upcoming_for(request.user, limit=200)
    found = announcing.calendar_of(sessions, _("Live sessions"))
    return calendar_response(found, "live-sessions.ics")


@login_required
@require_POST
def coming(request, pk):
    session = get_object_or_404(Session.objects.visible_to(request.user), pk=pk)
    wanted = request.POST.get("value") == "1"
    announcing.set_coming(session, request.user, wanted=wanted)
    messages.success(
        request, _("You will be reminded.") if wanted else _("You will not be reminded.")
    )
    return redirect(session)
