"""Pages of advisories: the list, one with the own answer, writing one, what became of it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from desk.advisories import queries, rules, services
from desk.advisories.forms import AdvisoryForm, AnswerForm, WithdrawForm
from desk.models import Addressee, Advisory
from desk.talk_views import SENT_BEFORE
from forums.services import CidReuseError
from people.country import Tone
from people.rules import may_keep_registry
from people.spreadsheet import table_response

PAGE_SIZE = 25
ROWS = 60  # of the list of who has answered


def _crumbs(*further) -> list:
    here = [(_("Requests"), reverse("desk:list")), (_("Advisories"), reverse("desk:advisories"))]
    return [*here, *further]


@login_required
@require_GET
def advisory_list(request):
    """What my agency or centre is asked and has not settled; then all that I may read."""
    rows = Advisory.objects.visible_to(request.user).for_list()
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    said = queries.answers_of(request.user, list(page))
    context = {
        "title": _("Advisories"),
        "mine": queries.mine(request.user)[:PAGE_SIZE] if page.number == 1 else [],
        "rows": page,
        "advisories": [(advisory, said.get(advisory.pk, "")) for advisory in page],
        "may_issue": rules.may_issue(request.user),
        "today": timezone.localdate(),
        "crumbs": [(_("Requests"), reverse("desk:list")), (_("Advisories"), None)],
    }
    return render(request, "desk/advisories/list.html", context)


@login_required
def new_advisory(request):
    """Write an advisory and send it to all whom it asks."""
    person = request.user
    if not rules.may_issue(person):
        raise PermissionDenied(_("Advisories come from the leads of pools and the parent agency."))
    form = AdvisoryForm(
        request.POST or None, pools=rules.pools_of(person), for_ditt=may_keep_registry(person)
    )
    if request.method == "POST" and form.is_valid():
        try:
            issued = services.issue(by=person, **form.advisory)
        except CidReuseError:
            form.add_error(None, SENT_BEFORE)
        else:
            number = issued.addressees.count()
            messages.success(request, _("Sent to %(number)d.") % {"number": number})
            return redirect(issued)
    context = {
        "title": _("Write an advisory"),
        "form": form,
        "crumbs": _crumbs((_("Write an advisory"), None)),
    }
    return render(request, "desk/advisories/new.html", context, status=422 if form.errors else 200)


def _visible(request, pk) -> Advisory:
    return get_object_or_404(Advisory.objects.visible_to(request.user).for_list(), pk=pk)


@login_required
@require_GET
def advisory_detail(request, pk):
    return _page(request, _visible(request, pk))


def _page(request, advisory: Advisory, *, form=None, withdraw_form=None, status=200):
    person = request.user
    asked = rules.answered_by(person).filter(advisory=advisory).for_list()
    own = list(asked.prefetch_related("answers__by"))
    follows = rules.may_follow(person, advisory)
    answers = own and not advisory.withdrawn_at
    withdraws = follows and not advisory.withdrawn_at
    context = {
        "title": advisory.title,
        "advisory": advisory,
        "own": own,
        "form": form or (AnswerForm(addressees=asked) if answers else None),
        "follows": follows,
        "withdraw_form": withdraw_form or (WithdrawForm(auto_id="w_%s") if withdraws else None),
        "late": timezone.localdate() > advisory.due,
        "crumbs": _crumbs((advisory.number, None)),
    }
    return render(request, "desk/advisories/advisory.html", context, status=status)


@login_required
@require_POST
def answer(request, pk):
    advisory = _visible(request, pk)
    asked = rules.answered_by(request.user).filter(advisory=advisory).for_list()
    form = AnswerForm(request.POST, addressees=asked)
    if not form.is_valid():
        return _page(request, advisory, form=form, status=422)
    try:
        said = services.answer(by=request.user, **form.cleaned_data)
    except CidReuseError:
        form.add_error(None, SENT_BEFORE)
        return _page(request, advisory, form=form, status=422)
    except services.WithdrawnError:
        form.add_error(None, _("It was withdrawn: there is nothing to answer any more."))
        return _page(request, _visible(request, pk), form=form, status=409)
    messages.success(request, _("Noted: %(state)s.") % {"state": said.get_state_display()})
    return redirect(advisory)


@login_required
@require_POST
def withdraw(request, pk):
    advisory, form = _visible(request, pk), WithdrawForm(request.POST, auto_id="w_%s")
    if not form.is_valid():
        return _page(request, advisory, withdraw_form=form, status=422)
    services.withdraw(advisory, by=request.user, why=form.cleaned_data["why"])
    messages.success(request, _("Withdrawn. Those who were asked are told."))
    return redirect(advisory)


@login_required
@require_GET
def coverage(request, pk):
    """Who has done it, as a map and a list; `?dzongkhag=` and `?state=` choose."""
    advisory = _followed(request, pk)
    rows = list(advisory.addressees.for_list())
    place, state = request.GET.get("dzongkhag", ""), request.GET.get("state", "")
    chosen = [row for row in rows if place in ("", row.dzongkhag.name) and state in ("", row.tone)]
    country = queries.map_of_addressees(rows)
    today = timezone.localdate()
    page = Paginator(chosen, ROWS).get_page(request.GET.get("page"))
    context = {
        "title": _("What became of it: %(advisory)s") % {"advisory": advisory.title},
        "advisory": advisory,
        "map": country,
        "counts": [
            (tone, word, sum(row.tone == tone for row in rows)) for tone, word in country.keys
        ],
        "number": len(rows),
        "place": place if place in {tile.name for tile in country.tiles} else "",
        "state": state if state in set(Tone) else "",
        "rows": page,
        "addressees": [(row, row.late(today, advisory.due)) for row in page],
        "crumbs": _crumbs((advisory.number, advisory.get_absolute_url()), (_("Coverage"), None)),
    }
    return render(request, "desk/advisories/coverage.html", context)


@login_required
@require_GET
def coverage_csv(request, pk):
    """All rows as a table for a spreadsheet."""
    advisory, today = _followed(request, pk), timezone.localdate()
    columns = ["kind", "name", "dzongkhag", "state", "late", "said_at", "said_by", "reason"]
    asked = advisory.addressees.for_list()
    rows = (_cells(row, row.late(today, advisory.due)) for row in asked)
    return table_response(f"advisory-{advisory.number}.csv", columns, rows)


def _cells(row: Addressee, late: bool) -> list[str]:
    said_at = row.said_at  # type: ignore[attr-defined]
    return [
        "centre" if row.centre_id else "agency",
        row.name,
        row.dzongkhag.name,
        row.said or "open",  # type: ignore[attr-defined]
        "yes" if late else "no",
        timezone.localtime(said_at).isoformat(timespec="minutes") if said_at else "",
        row.said_by or "",  # type: ignore[attr-defined]
        row.reason or "",  # type: ignore[attr-defined]
    ]


def _followed(request, pk) -> Advisory:
    advisory = _visible(request, pk)
    if not rules.may_follow(request.user, advisory):
        raise PermissionDenied(_("Coverage is for the parent agency and the lead of the pool."))
    return advisory
