from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from events import calendars, rules, services
from events.forms import ActionNoteForm
from events.meeting_forms import ActionForm, DecisionForm, WriterForm
from events.models import Action, Meeting

PAGE_SIZE = 30
CARRIED = 100


@login_required
@require_safe
def meetings(request):
    rows = (
        Meeting.objects.visible_to(request.user)
        .annotate(
            decision_count=Count("decisions", distinct=True),
            open_count=Count("actions", filter=Q(actions__state="open"), distinct=True),
        )
        .order_by("-date", "-pk")
    )
    context = {
        "title": _("ICT Heads' meetings"),
        "keeps": rules.may_keep(request.user),
        "rows": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "today": timezone.localdate(),
    }
    return render(request, "events/meetings.html", context)


@login_required
@require_safe
def calendar(request):
    return calendars.of_meetings(
        _("ICT Heads' meetings"), Meeting.objects.visible_to(request.user)[:200]
    )


@login_required
@require_safe
def meeting(request, slug):
    return meeting_page(
        request, get_object_or_404(Meeting.objects.visible_to(request.user), slug=slug)
    )


def meeting_page(
    request, meeting, *, note=None, wrong=None, decision_form=None, action_form=None,
    writer_form=None,
):  # fmt: skip
    """A meeting; where a form on it was refused, that form with what was typed."""
    actions = list(meeting.actions.select_related("owner").order_by("number"))
    carried = Action.objects.visible_to(request.user).carried_to(meeting)
    keeps, writes = rules.may_keep(request.user), rules.may_write(request.user, meeting)
    for action in actions:
        action.may_close = keeps or action.owner_id == request.user.pk
        action.form = note if action.pk == wrong else ActionNoteForm(auto_id=f"{action.pk}_%s")
    refused = note or decision_form or action_form or writer_form
    context = {
        "title": meeting.title,
        "meeting": meeting,
        "actions": actions,
        "carried": carried.select_related("owner", "meeting").order_by("due", "pk")[:CARRIED],
        "papers": meeting.papers.select_related("by", "meeting"),
        "decisions": meeting.decisions.all(),
        "attendees": meeting.attendees.order_by("name"),
        "apologies": meeting.apologies.order_by("name"),
        "versions": meeting.revisions.count(),
        "keeps": keeps,
        "writes": writes,
        "may_hand_in": rules.may_hand_in(request.user, meeting),
        "decision_form": decision_form or DecisionForm(auto_id="decision_%s"),
        "action_form": action_form or ActionForm(auto_id="action_%s"),
        "writer_form": writer_form or WriterForm(auto_id="writer_%s"),
        "crumbs": [(_("Meetings"), reverse("events:meetings")), (meeting.title, None)],
    }
    return render(request, "events/meeting.html", context, status=422 if refused else 200)


@login_required
@require_safe
def actions(request):
    """The register: what was taken on in all meetings, by whom, until when."""
    state = request.GET.get("state", "open")
    rows = Action.objects.visible_to(request.user).select_related("meeting", "owner")
    counts = rows.aggregate(
        open=Count("pk", filter=Q(state="open")),
        overdue=Count("pk", filter=Q(state="open", due__lt=timezone.localdate())),
        mine=Count("pk", filter=Q(state="open", owner=request.user)),
        done=Count("pk", filter=Q(state="done")),
    )
    if state == "overdue":
        rows = rows.overdue()
    elif state == "mine":
        rows = rows.open().filter(owner=request.user)
    elif state == "done":
        rows = rows.filter(state=Action.State.DONE).order_by("-closed_at")
    else:
        state, rows = "open", rows.open()
    tabs = [
        ("open", _("Open"), counts["open"]),
        ("overdue", _("Overdue"), counts["overdue"]),
        ("mine", _("Mine"), counts["mine"]),
        ("done", _("Done"), counts["done"]),
    ]
    context = {
        "title": _("Register of actions"),
        "state": state,
        "tabs": tabs,
        "rows": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "crumbs": [(_("Meetings"), reverse("events:meetings")), (_("Register of actions"), None)],
    }
    return render(request, "events/actions.html", context)


@login_required
@require_POST
def close(request, pk, done):
    """Close an action or open it again, as a set value: repeating changes nothing."""
    action = get_object_or_404(
        Action.objects.visible_to(request.user).select_related("meeting"), pk=pk
    )
    form = ActionNoteForm(request.POST, auto_id=f"{action.pk}_%s")
    if not form.is_valid():
        return meeting_page(request, action.meeting, note=form, wrong=action.pk)
    services.set_action(action, by=request.user, done=done, **form.cleaned_data)
    messages.success(
        request, _("Done. The register shows it.") if done else _("The action is open again.")
    )
    return redirect(action)
