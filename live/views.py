import json

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from live import door, exposing, minutes, pages, printing, queries, rules, services, snapshots
from live.agencies import by_agency
from live.commands import parse
from live.fold import Viewer
from live.forms import AskForm, PlanForm, PollForm
from live.log import lines_after, state_of
from live.models import Session
from live.protocol import Nack, cid_of

PAGE_SIZE = 20
AGENCIES_ON_A_PAGE = 50
COMMAND_MAX = 16 * 1024
FIRST_SEEN = 5  # questions that whoever opens a page has before the eyes
WHICH = ("now", "past")


def _session(request, pk) -> Session:
    rows = Session.objects.visible_to(request.user).select_related("pool", "host", "audience")
    return get_object_or_404(rows, pk=pk)


def _crumbs(session=None, here=None):
    crumbs: list[tuple[str, str | None]] = [(_("Live sessions"), reverse("live:list"))]
    if session is not None:
        crumbs.append((session.title, session.get_absolute_url() if here else None))
    if here:
        crumbs.append((here, None))
    return crumbs


@login_required
@require_safe
def session_list(request):
    which = request.GET.get("show") if request.GET.get("show") in WHICH else "now"
    rows = Paginator(queries.sessions_for_list(request.user, which), PAGE_SIZE)
    context = {
        "title": _("Live sessions"),
        "rows": rows.get_page(request.GET.get("page")),
        "which": which,
        "may_plan": rules.may_plan(request.user),
        "tones": pages.TONES,
    }
    return render(request, "live/list.html", context)


@login_required
@require_safe
def session_detail(request, pk):
    return _session_page(request, _session(request, pk))


def _session_page(request, session, *, form=None, poll_form=None, nack=None, typed=None):
    services.tally(session.pk)
    state = state_of(session)
    context = pages.session_context(session, state, request.user, request.GET.get("order", ""))
    context |= {
        "form": form or AskForm(session=session),
        "poll_form": poll_form or PollForm(),
        "nack": nack,
        "typed": typed,
        "kept": next(((name, typed[name]) for name in KEPT if typed and typed.get(name)), None),
        "follow": "follow" in request.GET,
        "crumbs": _crumbs(session),
    }
    first = [question["id"] for question in context["shown"].open[:FIRST_SEEN]]
    exposing.note_seen(request.user, session.pk, first, timezone.now())
    response = render(request, "live/session.html", context, status=nack.status if nack else 200)
    if nack and nack.retry_after:
        response["Retry-After"] = str(round(nack.retry_after))
    return response


KEPT = ("body", "reason", "answer")
NUMBERS = ("q", "rev", "into", "value", "timecode", "p", "h")
TEXTS = ("t", "cid", "body", "name_mode", "reason", "how", "answer", "kind", "text")


@login_required
@require_POST
def act(request, pk):
    """Every command as a plain form: the page again with what was typed, if it is refused."""
    session = _session(request, pk)
    data = {name: request.POST[name] for name in TEXTS if request.POST.get(name)}
    if data.get("t") == "q.ask":
        data.setdefault("body", "")
    data |= {name: _number(request.POST[name]) for name in NUMBERS if request.POST.get(name)}
    if data.get("t") == "poll.answer":
        data["choices"] = [_number(choice) for choice in request.POST.getlist("choices")]
    if "options" in request.POST:
        data["options"] = [line for line in request.POST["options"].splitlines() if line.strip()]
    if "into_no" in request.POST:
        data["into"] = _question_numbered(session, request.POST["into_no"])
    try:
        ack = services.perform(request.user, session.pk, parse(data))
    except Nack as nack:
        form = None
        poll_form = None
        if data.get("t") == "q.ask":
            form = AskForm(request.POST, session=session)
            form.is_valid()
            form.add_error("body", str(nack.reason))
        elif "options" in request.POST:  # whatever became of its hidden fields
            poll_form = PollForm(request.POST)
            poll_form.is_valid()
            poll_form.add_error("options" if nack.field == "options" else "text", str(nack.reason))
        session.refresh_from_db()
        forms = {"form": form, "poll_form": poll_form}
        return _session_page(request, session, **forms, nack=nack, typed=data)
    messages.success(request, _said(data["t"], ack))
    anchor = f"#{ANCHORS.get(data['t'].partition('.')[0], 'q')}{ack.obj}" if ack.obj else ""
    return redirect(f"{session.get_absolute_url()}{anchor}")


ANCHORS = {"poll": "p", "hand": "h"}


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text


def _question_numbered(session, text) -> int:
    """The question that the page shows as "#12"; 0, which is none, when there is none."""
    wanted = _number(text.strip().lstrip("#").split(" ")[0])
    found = [number for number, q in state_of(session).questions.items() if q["no"] == wanted]
    return found[0] if found else 2**62


def _said(kind: str, ack) -> str:
    if kind == "q.ask":
        return _("Received #%(seq)d.") % {"seq": ack.seq}
    if kind == "vote.set":
        return _("Your vote is set.")
    if kind == "poll.answer":
        return _("Your answer is set.")
    return _("Done.")


@require_POST
def commands(request, pk):
    """The same commands as on a socket, one for each request; the id also as Idempotency-Key."""
    if not request.user.is_authenticated:
        return JsonResponse({"t": "bye", "code": "sign_in"}, status=401)
    session = _session(request, pk)
    try:
        data = json.loads(request.body) if len(request.body) <= COMMAND_MAX else None
    except ValueError:
        data = None
    try:
        if request.headers.get("Idempotency-Key", cid_of(data)) != cid_of(data):
            raise Nack("bad_payload", _("The Idempotency-Key must be the command's id."))
        return JsonResponse(door.perform(request.user.pk, session.pk, data, admitted=True))
    except Nack as nack:
        response = JsonResponse(nack.frame(cid_of(data)), status=nack.status)
        if nack.retry_after:
            response["Retry-After"] = str(round(nack.retry_after))
        return response


@login_required
@require_GET
def session_snapshot(request, pk):
    """The state as a frame, with an ETag by number: nothing new is 304 and no bytes."""
    session = _session(request, pk)
    services.tally(session.pk)
    state = state_of(session)
    viewer = Viewer(rules.may_run(request.user, session), request.user.pk)
    voted = queries.voted_by(request.user, session)
    chosen = queries.chosen_by(request.user, session)
    marks = [session.epoch, state.seq, int(viewer.is_host), viewer.person, *sorted(voted)]
    marks += [f"{poll}-{choices}" for poll, choices in sorted(chosen.items())]
    etag = f'"{":".join(str(mark) for mark in marks)}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    else:
        text = snapshots.frame(str(session.epoch), state, viewer, voted, chosen)
        response = HttpResponse(text, content_type="application/json")
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


def _minutes(session):
    services.tally(session.pk)
    state = state_of(session)
    lines = [line for line in lines_after(session.pk, 0, state.seq) if line.seq <= state.seq]
    return minutes.minutes_of(session, state, lines), state


@login_required
@require_safe
def session_minutes(request, pk):
    session = _session(request, pk)
    written, state = _minutes(session)
    context = {
        "title": _("Minutes: %(title)s") % {"title": session.title},
        "session": session,
        "minutes": written,
        "polls": pages.shown_polls(written.polls, {}),
        "rows": Paginator(written.entries, 50).get_page(request.GET.get("page")),
        "balance": pages.balance_words(state),
        "crumbs": _crumbs(session, _("Minutes")),
    }
    return render(request, "live/minutes.html", context)


@login_required
@require_safe
def minutes_markdown(request, pk):
    session = _session(request, pk)
    text = minutes.as_markdown(_minutes(session)[0])
    response = HttpResponse(text, content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="session-{session.pk}.md"'
    return response


@login_required
@require_safe
def minutes_file(request, pk, form):
    """The minutes as PDF or CSV; rebuilt from the log each time, to the same bytes."""
    session = _session(request, pk)
    content_type, write = FILES[form]
    response = HttpResponse(write(_minutes(session)[0]), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="session-{session.pk}.{form}"'
    response["Cache-Control"] = "private, no-cache"
    return response


FILES = {
    "pdf": ("application/pdf", printing.as_pdf),
    "csv": ("text/csv; charset=utf-8", printing.as_csv),
}


@login_required
def plan(request):
    if not rules.may_plan(request.user):
        raise PermissionDenied(_("Only experts and leads of a pool plan live sessions."))
    form = PlanForm(request.POST or None, person=request.user, initial=_asked_for(request))
    if request.method == "POST" and form.is_valid():
        session = services.plan_session(by=request.user, **form.planned())
        messages.success(request, _("Planned. Questions can be asked from now on."))
        return redirect(session)
    context = {
        "title": _("Plan a live session"),
        "form": form,
        "crumbs": [*_crumbs(), (_("Plan a live session"), None)],
    }
    return render(request, "live/plan.html", context, status=422 if form.errors else 200)


def _asked_for(request) -> dict:
    """What the page that led here knows already: a pool, a talk, or similar requests."""
    given = {name: request.GET[name] for name in PREFILLED if request.GET.get(name)}
    requests = [text for text in request.GET.getlist("requests") if isinstance(_number(text), int)]
    given |= {"requests": requests} if requests else {}
    if isinstance(like := _number(request.GET.get("like", "")), int):
        given = queries.plan_like(request.user, like) | given
    return given


PREFILLED = ("title", "summary", "pool", "about", "starts", "ends")


@login_required
@require_safe
def agencies(request, pk):
    """For those who run the session: which agencies asked, are here, and are coming."""
    session = _session(request, pk)
    if not rules.may_run(request.user, session):
        raise PermissionDenied(_("Only the host and the moderators see who is here by agency."))
    rows = by_agency(session)
    context = {
        "title": _("By agency: %(title)s") % {"title": session.title},
        "agencies": len([row for row in rows if row.name]),
        "rows": Paginator(rows, AGENCIES_ON_A_PAGE).get_page(request.GET.get("page")),
        "crumbs": _crumbs(session, _("By agency")),
    }
    return render(request, "live/agencies.html", context)


@login_required
def edit(request, pk):
    session = _session(request, pk)
    if not rules.may_run(request.user, session):
        raise PermissionDenied(_("Only the host and the moderators change the plan."))
    if session.state == Session.State.CLOSED:
        raise PermissionDenied(_("A closed session stays as it was."))
    form = PlanForm(request.POST or None, instance=session, person=session.host)
    if request.method == "POST" and form.is_valid():
        session = services.change_plan(_session(request, pk), by=request.user, **form.planned())
        messages.success(request, _("Changed."))
        return redirect(session)
    context = {
        "title": _("Change the plan"),
        "form": form,
        "crumbs": _crumbs(session, _("Change the plan")),
    }
    return render(request, "live/plan.html", context, status=422 if form.errors else 200)
