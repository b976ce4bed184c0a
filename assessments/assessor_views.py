"""What assessors do after an exam: mark, correct a key, decide about results that fall."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assessments import human_marking, regrading, rules
from assessments.exam_forms import MarkForm, ReasonForm
from assessments.models import Attempt, Marking, Question, ScoreChange
from assessments.queries import names_of, review
from assessments.services import latest_responses

PAGE_SIZE = 50


@login_required
def queue(request):
    """Every answer that waits for a mark which this person may give."""
    _need_assessor(request)
    rows = Paginator(human_marking.queue_for(request.user), PAGE_SIZE)
    context = {
        "rows": rows.get_page(request.GET.get("page")),
        "falls": ScoreChange.objects.filter(state=ScoreChange.State.WAITING).count(),
        "title": _("Marking"),
    }
    return render(request, "assessments/queue.html", context)


@login_required
@require_POST
def claim(request, pk):
    _need_assessor(request)
    row = get_object_or_404(Marking, pk=pk)
    try:
        human_marking.claim(row, by=request.user)
    except human_marking.MarkingRefusedError as error:
        messages.error(request, str(error))
        return redirect("assessments:marking_queue")
    return redirect(row)


@login_required
def marking(request, pk):
    """The answer, the rubric, and the mark of one who has claimed it."""
    _need_assessor(request)
    row = get_object_or_404(
        Marking.objects.select_related(
            "slot__attempt__quiz", "slot__attempt__person", "slot__question_version"
        ),
        pk=pk,
        marker=None,
    )
    if not row.is_held_by(request.user, timezone.now()):
        messages.error(request, _("Claim this answer before you mark it."))
        return redirect("assessments:marking_queue")
    version = row.slot.question_version
    form = MarkForm(request.POST or None, criteria=human_marking.rubric_of(version))
    if request.method == "POST" and form.is_valid():
        try:
            attempt = human_marking.give_mark(
                row, by=request.user, points=form.points(), comment=form.cleaned_data["comment"]
            )
        except human_marking.MarkingRefusedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _result(attempt))
            return redirect("assessments:marking_queue")
    kept = latest_responses(row.slot.attempt).get(row.slot_id)
    context = {
        "row": row,
        "reviewed": review(row.slot, kept.answer if kept else None),
        "candidate": names_of(row),
        "earlier": human_marking.earlier_marks(row),
        "form": form,
        "title": _("Mark an answer"),
        "crumbs": [(_("Marking"), reverse("assessments:marking_queue")), (names_of(row), None)],
    }
    return render(request, "assessments/marking.html", context, status=422 if form.errors else 200)


@login_required
def regrade(request, ident):
    """Who changes if the current key marks the earlier versions too; then the change."""
    _need_assessor(request)
    question = get_object_or_404(Question.objects.select_related("current"), ident=ident)
    form = ReasonForm(request.POST or None)
    try:
        differences = regrading.preview(question)
        refusal = None
        if request.method == "POST" and form.is_valid():
            applied = regrading.apply_key(
                question, by=request.user, reason=form.cleaned_data["reason"]
            )
            waiting = sum(difference.falls for difference in applied)
            told = _("%(count)d results changed or wait; %(waiting)d wait for a second person.")
            messages.success(request, told % {"count": len(applied), "waiting": waiting})
            return redirect(question)
    except regrading.RegradeRefusedError as error:
        differences, refusal = [], str(error)
    attempts = Attempt.objects.select_related("person", "quiz").in_bulk(
        [difference.attempt for difference in differences[:PAGE_SIZE]]
    )
    context = {
        "question": question,
        "form": form,
        "refusal": refusal,
        "count": len(differences),
        "falling": sum(difference.falls for difference in differences),
        "rising": sum(difference.rises for difference in differences),
        "rows": [(row, attempts[row.attempt]) for row in differences[:PAGE_SIZE]],
        "title": _("Correct the key of “%(question)s”") % {"question": question},
        "crumbs": [
            (_("Question bank"), reverse("assessments:bank")),
            (question.ident, question.get_absolute_url()),
            (_("Correct the key"), None),
        ],
    }
    return render(request, "assessments/regrade.html", context, status=422 if form.errors else 200)


@login_required
def falls(request):
    """Results that a corrected key would bring below the pass mark."""
    _need_assessor(request)
    context = {"rows": regrading.waiting_falls(), "title": _("Results that would fall")}
    return render(request, "assessments/falls.html", context)


@login_required
@require_POST
def decide_fall(request, pk):
    _need_assessor(request)
    change = get_object_or_404(ScoreChange.objects.select_related("attempt"), pk=pk)
    regrading.decide_fall(change, by=request.user, sign="sign" in request.POST)
    return redirect("assessments:falls")


def _result(attempt) -> str:
    if attempt.state == Attempt.State.FINISHED:
        return _("Marked. This was the last mark: the result is there.")
    return _("Marked.")


def _need_assessor(request) -> None:
    if not rules.may_assess(request.user):
        raise PermissionDenied(_("Marking and results are for assessors."))
