import json
import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assessments import queries, rules, services, timing
from assessments.exam_forms import GiveUpForm, SentForm
from assessments.forms import ANSWERED_ELSEWHERE, AnswerForm
from assessments.marking import NOT_MARKED, mark
from assessments.models import Attempt, Question, Quiz, Slot
from assessments.states import OPEN, SAT

NOT_COUNTED = (Attempt.State.NOT_STARTED, Attempt.State.VOIDED)


@login_required
def quiz(request, slug):
    """What the quiz is, how it stands with this person, and the start button."""
    quiz = get_object_or_404(Quiz, slug=slug)
    services.finish_overdue(quiz.attempts.filter(person=request.user))
    attempts = list(quiz.attempts.filter(person=request.user).order_by("-number"))
    used = [a for a in attempts if a.state not in NOT_COUNTED]
    going_on = next((a for a in attempts if a.state in SAT), None)
    context = {
        "quiz": quiz,
        "title": quiz.title,
        "attempts": [a for a in attempts if a.state != Attempt.State.NOT_STARTED],
        "going_on": going_on,
        "count": sum(draw.count for draw in quiz.draws.all()),
        "left": max(0, quiz.attempts_allowed - len(used)),
        "given": queries.accommodation_of(request.user),
        "refusal": None if going_on else services.refusal_to_start(quiz, person=request.user),
        "may_assess": rules.may_assess(request.user),
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
    attempt = _looked_at(request, pk)
    if attempt.state == Attempt.State.NOT_STARTED:
        return redirect(attempt.quiz)
    if attempt.state not in SAT:
        return redirect("assessments:review", pk=attempt.pk)
    attempt = timing.beat(attempt, watched=False)
    kept = services.latest_responses(attempt)
    forms = [_form(attempt, slot, kept.get(slot.pk)) for slot in _slots(attempt)]
    return _attempt_page(request, attempt, forms)


@login_required
@require_POST
def save(request, pk):
    """Without JavaScript: keep every answer that was changed on the page, then stay or finish.

    The page says which answer of the journal it showed (`base`). What is still as it was shown
    was not changed by the person, whatever another page has kept meanwhile.
    """
    attempt = _own(request, pk)
    kept = services.latest_responses(attempt)
    forms = [_form(attempt, slot, kept.get(slot.pk), request.POST) for slot in _slots(attempt)]
    if not all(form.is_valid() for form in forms):
        return _attempt_page(request, attempt, forms, status=422)
    try:
        for form in forms:
            if form.version.type in ANSWERED_ELSEWHERE:
                continue
            if form.answer() not in (_shown(request, form.slot_row), _answer(form.kept)):
                seq = form.kept.client_seq + 1 if form.kept else 1
                services.save_response(
                    form.slot_row, answer=form.answer(), client_seq=seq, watched=False
                )
    except services.PausedError:
        return _attempt_page(request, attempt, forms, status=409)
    except services.ClosedError:
        services.finish_overdue(Attempt.objects.filter(pk=attempt.pk))
        return redirect("assessments:review", pk=attempt.pk)
    if "finish" in request.POST:
        services.finish_attempt(attempt)
        return redirect("assessments:review", pk=attempt.pk)
    return redirect(f"{attempt.get_absolute_url()}?saved=1")


@login_required
@require_POST
def save_one(request, pk, slot):
    """With JavaScript: one answer, each change under its own sequence; replay is safe."""
    attempt = _own(request, pk)
    row = get_object_or_404(_answered_here(attempt), pk=slot)
    form = _form(attempt, row, None, request.POST)
    sent = SentForm(request.POST)
    if not (form.is_valid() and sent.is_valid()):
        return JsonResponse({"error": form.errors.as_text() or "seq"}, status=422)
    try:
        kept = services.save_response(row, answer=form.answer(), **sent.numbers())
    except services.ClosedError as error:
        return JsonResponse({"error": str(error), "closed": True}, status=409)
    except services.PausedError:
        return JsonResponse({"clock": queries.clock(attempt)}, status=409)
    except services.ConflictError as error:
        ago = (timezone.now() - error.latest.received_at).total_seconds()
        answered = {"last": error.latest.client_seq, "ago": ago}
        return JsonResponse(answered | {"clock": queries.clock(attempt)}, status=422)
    attempt.refresh_from_db(fields=["deadline", "state", "paused_at"])
    return JsonResponse({"seq": kept.client_seq, "clock": queries.clock(attempt)})


@login_required
@require_POST
def beat(request, pk):
    """A sign of life of the page; the answer sets its clock."""
    attempt = timing.beat(_own(request, pk), watched="watched" in request.POST)
    return JsonResponse({"clock": queries.clock(attempt)})


@login_required
@require_POST
def finish(request, pk):
    """With JavaScript, once every answer has arrived. Safe to repeat."""
    attempt = services.finish_attempt(_own(request, pk))
    return JsonResponse({"review": reverse("assessments:review", args=[attempt.pk])})


@login_required
def give_up(request, pk):
    """Ends a sitting without a result, once the person has said why and that they are sure."""
    attempt = _looked_at(request, pk)
    if attempt.state not in OPEN:
        return redirect(attempt)
    form = GiveUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.give_up(attempt, by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, _("The attempt is over. It has no result."))
        return redirect(attempt.quiz)
    context = {
        "attempt": attempt,
        "form": form,
        "title": _("Give up: %(quiz)s") % {"quiz": attempt.quiz.title},
    }
    return render(request, "assessments/give_up.html", context, status=422 if form.errors else 200)


@login_required
def review(request, pk):
    attempt = _looked_at(request, pk)
    if attempt.state in OPEN:
        return redirect(attempt)
    finished = attempt.state == Attempt.State.FINISHED
    context = {
        "attempt": attempt,
        "title": attempt.quiz.title,
        "reviewed": queries.reviewed(attempt) if finished else [],
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
    rows = Attempt.objects.select_related("quiz", "person")
    return get_object_or_404(rows, pk=pk, person=request.user)


def _looked_at(request, pk) -> Attempt:
    """The person's attempt, handed in first if its time is over."""
    attempt = _own(request, pk)
    if services.finish_overdue(Attempt.objects.filter(pk=attempt.pk)):
        attempt.refresh_from_db()
    return attempt


def _slots(attempt):
    return attempt.slots.select_related("question_version").order_by("position")


def _answered_here(attempt):
    return _slots(attempt).exclude(question_version__type__in=ANSWERED_ELSEWHERE)


def _form(attempt, slot, kept, data=None) -> AnswerForm:
    form = AnswerForm(
        data,
        version=slot.question_version,
        seed=attempt.seed,
        slot=slot.position,
        prefix=f"s{slot.pk}",
        initial=AnswerForm.initial_of(slot.question_version, _answer(kept)),
    )
    form.slot_row, form.kept = slot, kept
    form.answered = _answer(kept) is not None
    return form


def _answer(kept):
    return kept.answer if kept else None


def _shown(request, slot):
    """The answer of the journal that the posted page showed for `slot`."""
    base = request.POST.get(f"s{slot.pk}-base", "")
    if not (base.isascii() and base.isdigit() and len(base) < 10):
        return None
    return slot.responses.filter(client_seq=int(base)).values_list("answer", flat=True).first()


def _attempt_page(request, attempt, forms, status=200):
    given = queries.accommodation_of(request.user)
    clock = queries.clock(attempt)
    context = {
        "attempt": attempt,
        "title": attempt.quiz.title,
        "forms": forms,
        "questions": sum(form.version.type not in NOT_MARKED for form in forms),
        "answered": sum(form.answered for form in forms),
        "last": max((form.kept.client_seq for form in forms if form.kept), default=0),
        "clock": clock,
        "clock_json": json.dumps(clock),
        "given": given,
        "saved": "saved" in request.GET,
    }
    with translation.override(given.language if given and given.language else get_language()):
        return render(request, "assessments/attempt.html", context, status=status)


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
