import uuid

from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assessments import queries, services
from assessments.forms import AnswerForm
from assessments.marking import mark
from assessments.models import Attempt, Question, Quiz, Slot


@login_required
def quiz(request, slug):
    """What the quiz is, how it stands with this person, and the start button."""
    quiz = get_object_or_404(Quiz, slug=slug)
    services.finish_overdue(quiz.attempts.filter(person=request.user))
    attempts = list(quiz.attempts.filter(person=request.user))
    going_on = next((a for a in attempts if a.state == Attempt.State.IN_PROGRESS), None)
    context = {
        "quiz": quiz,
        "title": quiz.title,
        "attempts": attempts,
        "going_on": going_on,
        "count": sum(draw.count for draw in quiz.draws.all()),
        "left": max(0, quiz.attempts_allowed - len(attempts)),
        "refusal": None if going_on else services.refusal_to_start(quiz, person=request.user),
        "cid": uuid.uuid4(),
    }
    return render(request, "assessments/quiz.html", context)


@login_required
@require_POST
def start(request, slug):
    quiz = get_object_or_404(Quiz, slug=slug)
    attempt = services.start_attempt(quiz, person=request.user, cid=_cid(request))
    return redirect(attempt)


@login_required
def attempt(request, pk):
    """The sitting: all questions on one page, each an own part of one form."""
    attempt = _own(request, pk)
    services.finish_overdue(Attempt.objects.filter(pk=attempt.pk))
    attempt.refresh_from_db()
    if attempt.state == Attempt.State.FINISHED:
        return redirect("assessments:review", pk=attempt.pk)
    answers = services.current_answers(attempt)
    forms = [_form(slot, answers.get(slot.pk)) for slot in _slots(attempt)]
    return _attempt_page(request, attempt, forms, answers)


@login_required
@require_POST
def save(request, pk):
    """Without JavaScript: keep every answer of the page, then stay or finish."""
    attempt = _own(request, pk)
    forms = [_form(slot, None, data=request.POST) for slot in _slots(attempt)]
    if not all(form.is_valid() for form in forms):
        return _attempt_page(request, attempt, forms, {}, status=422)
    kept = services.current_answers(attempt)
    try:
        for form in forms:
            if form.answer() != kept.get(form.slot_row.pk):
                seq = _last_seq(form.slot_row) + 1
                services.save_response(form.slot_row, answer=form.answer(), client_seq=seq)
    except services.ClosedError:
        services.finish_attempt(attempt)
        return redirect("assessments:review", pk=attempt.pk)
    if "finish" in request.POST:
        services.finish_attempt(attempt)
        return redirect("assessments:review", pk=attempt.pk)
    return redirect(f"{attempt.get_absolute_url()}?saved=1")


@login_required
@require_POST
def save_one(request, pk, slot):
    """With JavaScript: one answer as JSON, each change under its own sequence."""
    attempt = _own(request, pk)
    row = get_object_or_404(attempt.slots.select_related("question_version"), pk=slot)
    form = _form(row, None, data=request.POST)
    seq = request.POST.get("seq", "")
    if not form.is_valid() or not (seq.isascii() and seq.isdigit() and len(seq) < 10):
        return JsonResponse({"error": form.errors.as_text() or "seq"}, status=422)
    try:
        kept = services.save_response(row, answer=form.answer(), client_seq=int(seq))
    except services.ClosedError as error:
        return JsonResponse({"error": str(error), "closed": True}, status=409)
    except services.ConflictError:
        return JsonResponse({"error": "seq", "last": _last_seq(row)}, status=422)
    return JsonResponse({"seq": kept.client_seq, "at": timezone.localtime().strftime("%H:%M")})


@login_required
def review(request, pk):
    attempt = _own(request, pk)
    if attempt.state != Attempt.State.FINISHED:
        return redirect(attempt)
    context = {
        "attempt": attempt,
        "title": attempt.quiz.title,
        "reviewed": queries.reviewed(attempt),
        "next_url": attempt.quiz.get_absolute_url(),
    }
    return render(request, "assessments/review.html", context)


@login_required
@require_POST
def check_question(request, ident):
    """A check question of a unit: ungraded, answered at once with its feedback."""
    question = get_object_or_404(Question.objects.select_related("current"), ident=ident)
    form = AnswerForm(request.POST, version=question.current, slot=question.pk, prefix=ident)
    if not form.is_valid():
        return render(request, "assessments/_check.html", _check(question, form), status=422)
    answer = form.answer()
    share = mark(question.current.type, question.current.content, answer)
    slot = Slot(question_version=question.current, share=share)
    context = _check(question, form) | {
        "reviewed": queries.review(slot, answer) if answer is not None else None,
        "back": _back(request),
        "title": _("Check yourself"),
    }
    if request.headers.get("X-Fragment"):
        return render(request, "assessments/_check.html", context)
    return render(request, "assessments/check.html", context)


def _own(request, pk) -> Attempt:
    rows = Attempt.objects.select_related("quiz")
    return get_object_or_404(rows, pk=pk, person=request.user)


def _slots(attempt):
    return attempt.slots.select_related("question_version")


def _form(slot, answer, data=None) -> AnswerForm:
    form = AnswerForm(
        data,
        version=slot.question_version,
        seed=slot.attempt.seed,
        slot=slot.position,
        prefix=f"s{slot.pk}",
        initial=AnswerForm.initial_of(slot.question_version, answer),
    )
    form.slot_row = slot
    return form


def _attempt_page(request, attempt, forms, answers, status=200):
    context = {
        "attempt": attempt,
        "title": attempt.quiz.title,
        "forms": forms,
        "answered": sum(answer is not None for answer in answers.values()),
        "seconds": max(0, int((attempt.deadline - timezone.now()).total_seconds())),
        "saved": "saved" in request.GET,
    }
    return render(request, "assessments/attempt.html", context, status=status)


def _last_seq(slot) -> int:
    return slot.responses.order_by("-client_seq").values_list("client_seq", flat=True).first() or 0


def _check(question, form) -> dict:
    return {"question": question, "form": form, "version": question.current}


def _back(request) -> str:
    """The page that the question stood on, if it is one of ours."""
    back = request.POST.get("back", "")
    return back if url_has_allowed_host_and_scheme(back, request.get_host()) else "/"


def _cid(request) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("cid", ""))
    except ValueError:
        return uuid.uuid4()
