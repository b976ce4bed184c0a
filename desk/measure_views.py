"""The measures of the desk, as page and as table for a spreadsheet."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from desk import measures, rules
from desk.models import Request
from people.spreadsheet import table_response

BY = {
    "pool": gettext_lazy("Pool"),
    "service": gettext_lazy("Service"),
    "agency": gettext_lazy("Agency"),
    "dzongkhag": gettext_lazy("Dzongkhag"),
    "officer": gettext_lazy("Officer"),
}
COLUMNS = (
    "group filed open oldest_open_hours response_median_hours response_p90_hours "
    "delivery_median_hours delivery_p90_hours late_percent reopened_percent shared_percent "
    "logged_hours core_percent"
).split()


@login_required
@require_GET
def measure_page(request):
    by, year, groups, whole = _measured(request)
    this_year = timezone.localdate().year
    context = {
        "title": _("How the desk does"),
        "by": by,
        "by_label": BY[by],
        "kinds": BY.items(),
        "year": year,
        "years": range(this_year, this_year - 5, -1),
        "rows": [*groups, whole],
        "crumbs": [(_("Requests"), reverse("desk:list")), (_("How the desk does"), None)],
    }
    return render(request, "desk/measures.html", context)


@login_required
@require_GET
def measure_csv(request):
    """The same rows; whoever reads them recomputes nothing."""
    by, year, groups, whole = _measured(request)
    return table_response(f"requests-{year}-by-{by}.csv", COLUMNS, map(_cells, [*groups, whole]))


def _cells(row) -> list[str]:
    values = (
        row.name,
        row.filed,
        row.open,
        row.oldest,
        *row.response,
        *row.delivery,
        row.late,
        row.reopened,
        row.shared,
        row.hours,
        row.core,
    )
    return [_cell(value) for value in values]


def _cell(value) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _measured(request):
    """By what, of which year, and the measures of what was filed in it with pools of the person."""
    pools = rules.measured_pools(request.user)
    if pools is None:
        raise PermissionDenied(_("Measures are for the leads of pools and the parent agency."))
    by, year = request.GET.get("by", "pool"), request.GET.get("year", "")
    by = by if by in BY else "pool"
    this_year = timezone.localdate().year
    known = {str(number): number for number in range(this_year - 4, this_year + 1)}
    year = known.get(year, this_year)
    rows = Request.objects.filter(pool__in=pools, created__year=year)
    return by, year, *measures.measure(rows, by=by, now=timezone.now())
