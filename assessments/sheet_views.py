"""Marking without a network: the sheet out, and back with a report before anything is marked."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from assessments import marking_sheet, rules
from assessments.exam_forms import SheetForm
from people.registry.reading import UnreadableError

SALT = "assessments.marking-sheet"


@login_required
def sheet(request):
    """What this marker holds, and the way back for a sheet: first a report, then the marks."""
    _need_assessor(request)
    form = SheetForm(request.POST or None, request.FILES or None)
    rows = None
    if request.method == "POST" and form.is_valid():
        try:
            rows = marking_sheet.read(form.cleaned_data["file"].read())
        except UnreadableError as error:
            form.add_error("file", str(error))
    return _sheet_page(request, form, rows)


@login_required
@require_POST
def take_sheet(request):
    """Hold the next answers for a week and give them as a table."""
    _need_assessor(request)
    rows = marking_sheet.take(by=request.user)
    if not rows:
        messages.info(request, _("Nothing waits for a mark that you may give."))
        return redirect("assessments:sheet")
    response = HttpResponse(marking_sheet.written(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="marking.csv"'
    return response


@login_required
@require_POST
def give_back_sheet(request):
    _need_assessor(request)
    marking_sheet.give_back_all(by=request.user)
    messages.success(request, _("Given back: others can mark them now."))
    return redirect("assessments:sheet")


@login_required
@require_POST
def apply_sheet(request):
    """Give the marks of a report that was seen; it came signed, so it is what was seen."""
    _need_assessor(request)
    try:
        sent = signing.loads(request.POST.get("rows", ""), salt=_salt(request))
    except signing.BadSignature:
        messages.error(request, _("This report is not known any more. Bring the sheet again."))
        return redirect("assessments:sheet")
    rows = [marking_sheet.Row(**row) for row in sent]
    outcomes = marking_sheet.bring_back(rows, by=request.user, dry_run=False)
    count = sum(outcome.code == "marked" for outcome in outcomes)
    told = ngettext("%(count)d answer is marked.", "%(count)d answers are marked.", count)
    messages.success(request, told % {"count": count})
    refused = [outcome for outcome in outcomes if outcome.code == "refused"]
    if refused:
        return _sheet_page(request, SheetForm(), None, outcomes=refused)
    return redirect("assessments:sheet")


def _sheet_page(request, form, rows, *, outcomes=None):
    if rows is not None:
        outcomes = marking_sheet.bring_back(rows, by=request.user, dry_run=True)
    marks = rows is not None and any(outcome.code == "marked" for outcome in outcomes)
    context = {
        "form": form,
        "outcomes": outcomes,
        "signed": signing.dumps(marking_sheet.packed(rows), salt=_salt(request), compress=True)
        if marks
        else "",
        "held": marking_sheet.held_by(request.user).count(),
        "title": _("Mark without a network"),
        "crumbs": [
            (_("Marking"), reverse("assessments:marking_queue")),
            (_("Mark without a network"), None),
        ],
    }
    return render(request, "assessments/sheet.html", context, status=422 if form.errors else 200)


def _salt(request) -> str:
    """A report counts for whom it was shown to alone."""
    return f"{SALT}:{request.user.pk}"


def _need_assessor(request) -> None:
    if not rules.may_assess(request.user):
        raise PermissionDenied(_("Marking and results are for assessors."))
