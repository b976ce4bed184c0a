from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from moderation import restricting, rules, services
from moderation.forms import AppealForm, DecideForm, DecideManyForm, FlagForm, RestrictForm
from moderation.models import Act, Case, Restriction
from moderation.queries import cases_of_author, median_minutes, with_items, with_rights
from moderation.subjects import Item, cases_for, item_of, subject_of
from people.models import User

PAGE_SIZE = 30


def _crumbs(here: str) -> list:
    return [(_("Moderation"), reverse("moderation:queue")), (here, None)]


# --- Flagging and appealing -------------------------------------------------------------------


@login_required
def flag(request, kind, pk):
    """Say what is wrong with something; a page of its own, so that it works without scripts."""
    source = subject_of(kind)
    if source is None or not source.visible(request.user).filter(pk=pk).exists():
        raise Http404
    item = source.items([pk])[pk]
    form = FlagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.flag(kind, pk, person=request.user, **form.cleaned_data)
        except services.NotPossibleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Flagged. Those who look after the pool are told."))
            still_there = source.visible(request.user).filter(pk=pk).exists()
            return redirect(item.url if still_there else settings.LOGIN_REDIRECT_URL)
    context = {"title": _("Flag this text"), "form": form, "item": item}
    return render(request, "moderation/flag.html", context, status=422 if form.errors else 200)


def _own_case(request, pk) -> tuple[Case, Item]:
    case = get_object_or_404(Case, pk=pk)
    item = item_of(case)
    if item is None or item.author is None or item.author.pk != request.user.pk:
        raise Http404
    return case, item


@login_required
def appeal(request, pk):
    """What was decided on one's own text, and the one word against it."""
    case, item = _own_case(request, pk)
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.appeal(case, by=request.user, text=form.cleaned_data["text"])
        except services.NotPossibleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Sent. You hear what becomes of it."))
            return redirect("moderation:appeal", pk=case.pk)
    context = {
        "title": _("About your text"),
        "case": case,
        "item": item,
        "form": form if case.hidden_at and not case.appealed_at or form.errors else None,
    }
    return render(request, "moderation/appeal.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def mine(request):
    """What moderation says to me: restrictions, and texts of mine that were looked at."""
    context = {
        "title": _("Moderation and I"),
        "restrictions": request.user.restrictions.in_force(),
        "cases": with_items(cases_of_author(request.user)[:PAGE_SIZE]),
    }
    return render(request, "moderation/mine.html", context)


# --- The queue --------------------------------------------------------------------------------


@login_required
@require_safe
def queue(request):
    """What waits for a decision of this person, the oldest first; and what was decided."""
    return _queue_page(request, DecideManyForm(person=request.user))


def _queue_page(request, form: DecideManyForm):
    decided = request.GET.get("show") == "decided"
    cases = cases_for(request.user).select_related("leased_by", "decided_by")
    cases = cases.annotate(number=Count("flags", filter=Q(flags__settled_at=None)))
    if decided:
        cases = cases.exclude(state=Case.State.OPEN).order_by("-decided_at", "-pk")
    else:
        cases = cases.filter(state=Case.State.OPEN).order_by("opened_at", "pk")
    rows = Paginator(cases, PAGE_SIZE).get_page(request.GET.get("page"))
    now = timezone.now()
    context = {
        "title": _("Flagged texts"),
        "rows": rows,
        "cases": [
            (case, item, not decided and _is_open_to(request.user, case, item, now))
            for case, item in with_items(rows.object_list)
        ],
        "form": form,
        "decided": decided,
        "median": median_minutes(),
        "is_moderator": rules.is_moderator(request.user),
        "now": now,
    }
    return render(request, "moderation/queue.html", context, status=422 if form.errors else 200)


def _is_open_to(person, case: Case, item: Item, now) -> bool:
    return (
        case.state == Case.State.OPEN
        and rules.may_decide(person, case, item.author)
        and not case.held_by_another(person, now)
    )


@login_required
@require_POST
def decide_many(request):
    """One decision on all cases that were ticked; the page says what became of each."""
    form = DecideManyForm(request.POST, person=request.user)
    if not form.is_valid():
        return _queue_page(request, form)
    outcomes = services.decide_many(**form.cleaned_data, by=request.user)
    items = dict(with_items(outcome.case for outcome in outcomes))
    now = timezone.now()
    context = {
        "title": _("What became of each"),
        "rows": [
            (outcome, items.get(outcome.case), rules.may_undo(request.user, outcome.case, now))
            for outcome in outcomes
        ],
        "refused": sum(bool(outcome.refused) for outcome in outcomes),
        "crumbs": _crumbs(_("Decided")),
    }
    return render(request, "moderation/decided.html", context)


def _case(request, pk) -> Case:
    rows = cases_for(request.user).select_related("leased_by", "decided_by")
    return get_object_or_404(rows, pk=pk)


@login_required
@require_safe
def case_detail(request, pk):
    return _case_page(request, _case(request, pk))


def _case_page(request, case: Case, *, form=None, status=200):
    item, now = item_of(case), timezone.now()
    if item is None:
        raise Http404
    context = {
        "title": _("Flagged: %(title)s") % {"title": item.title},
        "case": case,
        "item": item,
        "flags": case.flags.select_related("person"),
        "acts": case.acts.select_related("by"),
        "form": form or DecideForm(),
        "may_decide": _is_open_to(request.user, case, item, now),
        "taken": case.held_by_another(request.user, now),
        "may_undo": rules.may_undo(request.user, case, now),
        "may_restrict": item.author
        and item.named
        and rules.may_restrict(request.user, item.author),
        "crumbs": _crumbs(_("Case %(number)d") % {"number": case.pk}),
    }
    return render(request, "moderation/case.html", context, status=status)


def _refused(request, pk, error, form=None):
    """409 with the reason; what was typed stays in the form."""
    if isinstance(error, services.TakenError):
        messages.warning(request, _("%(who)s is deciding this now.") % {"who": error.by.name})
    else:
        messages.warning(request, str(error))
    return _case_page(request, _case(request, pk), form=form, status=409)


REFUSALS = (services.TakenError, services.NotPossibleError)


@login_required
@require_POST
def claim(request, pk):
    try:
        case = services.claim(_case(request, pk), by=request.user)
    except REFUSALS as error:
        return _refused(request, pk, error)
    messages.success(request, _("It is yours for fifteen minutes."))
    return redirect(case)


@login_required
@require_POST
def decide(request, pk):
    case, form = _case(request, pk), DecideForm(request.POST)
    if not form.is_valid():
        return _case_page(request, case, form=form, status=422)
    data = form.cleaned_data
    try:
        services.decide(case, data["decision"], by=request.user, reason=data["reason"])
    except REFUSALS as error:
        return _refused(request, pk, error, form)
    messages.success(request, _("Decided. The author is told."))
    return redirect("moderation:case", pk=pk)


@login_required
@require_POST
def undo(request, pk):
    try:
        case = services.undo(_case(request, pk), by=request.user)
    except REFUSALS as error:
        return _refused(request, pk, error)
    messages.success(request, _("Undone. The case is open again."))
    return redirect(case)


# --- People -----------------------------------------------------------------------------------


def _need_moderator(request) -> None:
    if not rules.is_moderator(request.user):
        raise PermissionDenied(_("Only moderators and administrators open this."))


@login_required
def restrict(request, employee_id):
    """Silence or suspend somebody, and what was done before."""
    _need_moderator(request)
    person = get_object_or_404(User, employee_id=employee_id)
    form = RestrictForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        restricting.restrict(person, by=request.user, **form.cleaned_data)
        messages.success(request, _("It holds from now on."))
        return redirect("moderation:restrict", employee_id=employee_id)
    context = {
        "title": _("Silence or suspend %(name)s") % {"name": person.name},
        "person": person,
        "form": form if rules.may_restrict(request.user, person) else None,
        "rows": person.restrictions.select_related("by", "ended_by")[:PAGE_SIZE],
        "now": timezone.now(),
        "crumbs": _crumbs(person.name),
    }
    return render(request, "moderation/restrict.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def lift(request, pk):
    _need_moderator(request)
    row = get_object_or_404(Restriction.objects.select_related("person"), pk=pk)
    restricting.lift(row, by=request.user)
    messages.success(request, _("Lifted."))
    return redirect("moderation:restrict", employee_id=row.person.employee_id)


@login_required
@require_safe
def log(request):
    """Every act of moderation, the newest first."""
    _need_moderator(request)
    acts = Act.objects.select_related("by", "person", "case")
    rows = Paginator(acts, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "title": _("Log of moderation"),
        "rows": rows,
        "acts": with_rights(rows.object_list, request.user),
        "crumbs": _crumbs(_("Log")),
    }
    return render(request, "moderation/log.html", context)
