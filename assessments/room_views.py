"""The exam room: who sits, what was lost, what is granted; and what people are given always."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from assessments import lost_time, rules, services, states, timing
from assessments.exam_forms import AccommodationForm, CandidatesForm, DecisionForm, GrantForm
from assessments.models import Accommodation, Attempt, Quiz
from assessments.queries import sittings_of

PAGE_SIZE = 50


@login_required
def room(request, slug):
    """Every sitting of a quiz, those that go on first."""
    _need_assessor(request)
    return _room_page(request, get_object_or_404(Quiz, slug=slug), CandidatesForm())


@login_required
@require_POST
def candidates(request, slug):
    """Put people on the list of an exam; who is refused stands there with the reason."""
    _need_assessor(request)
    quiz = get_object_or_404(Quiz, slug=slug)
    form = CandidatesForm(request.POST)
    if not form.is_valid():
        return _room_page(request, quiz, form, status=422)
    entries = services.enter_candidates(quiz, form.people(), by=request.user)
    refused = [entry for entry in entries if entry.refusal]
    count = len(entries) - len(refused)
    told = ngettext("%(count)d person is on the list.", "%(count)d people are on the list.", count)
    messages.success(request, told % {"count": count})
    if refused:
        return _room_page(request, quiz, form, refused=refused, status=422)
    return redirect("assessments:room", slug=slug)


def _room_page(request, quiz, form, *, refused=(), status=200):
    services.finish_overdue(quiz.attempts.all())
    rows = Paginator(sittings_of(quiz), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "quiz": quiz,
        "rows": rows,
        "form": form,
        "refused": refused,
        "title": _("Exam room: %(quiz)s") % {"quiz": quiz.title},
        "crumbs": [(quiz.title, quiz.get_absolute_url()), (_("Exam room"), None)],
    }
    return render(request, "assessments/room.html", context, status=status)


@login_required
def sitting(request, pk):
    return _sitting_page(request, _attempt(request, pk))


@login_required
@require_POST
def grant(request, pk):
    attempt = _attempt(request, pk)
    form = GrantForm(request.POST, auto_id="grant_%s")
    if form.is_valid():
        try:
            timing.grant_time(
                attempt,
                seconds=form.cleaned_data["minutes"] * 60,
                reason=form.cleaned_data["reason"],
                by=request.user,
            )
        except timing.GrantRefusedError as error:
            form.add_error("minutes", str(error))
    if form.errors:
        return _sitting_page(request, attempt, grant_form=form)
    messages.success(request, _("The time was given; the candidate's clock shows it."))
    return redirect("assessments:sitting", pk=pk)


@login_required
@require_POST
def decide(request, pk):
    """Pause a sitting, let it go on, or make an attempt void."""
    attempt = _attempt(request, pk)
    form = DecisionForm(request.POST, auto_id="decide_%s")
    if form.is_valid():
        services_by_verb = {
            "pause": timing.pause,
            "resume": timing.resume,
            "void": services.void_attempt,
        }
        try:
            services_by_verb[form.cleaned_data["verb"]](
                attempt, by=request.user, reason=form.cleaned_data["reason"]
            )
        except states.IllegalMoveError:
            form.add_error("reason", _("The attempt has moved on; this cannot be done any more."))
    if form.errors:
        return _sitting_page(request, attempt, decision_form=form)
    return redirect("assessments:sitting", pk=pk)


@login_required
def accommodations(request):
    """What people are given in every exam, and the form to give it."""
    _need_assessor(request)
    form = AccommodationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        person = data.pop("person")
        if person == request.user:
            raise PermissionDenied(_("Somebody else decides what you are given."))
        services.accommodate(person, by=request.user, **data)
        messages.success(request, _("Kept. It holds for every sitting that begins from now on."))
        return redirect("assessments:accommodations")
    rows = Accommodation.objects.select_related("person", "given_by").order_by("person__name")
    context = {
        "form": form,
        "rows": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "title": _("Accommodations"),
    }
    return render(
        request, "assessments/accommodations.html", context, status=422 if form.errors else 200
    )


def _sitting_page(request, attempt, *, grant_form=None, decision_form=None):
    attempt.refresh_from_db()
    now = timezone.now()
    going_on = attempt.state in states.SAT
    lost = timing.lost(attempt, until=now if going_on else None)
    context = {
        "attempt": attempt,
        "gaps": lost,
        "lost_seconds": round(lost_time.total(lost).total_seconds()),
        "grants": attempt.grants.select_related("by"),
        "moves": attempt.moves.select_related("actor"),
        "going_on": going_on,
        "may_void": attempt.state != Attempt.State.VOIDED,
        "grant_form": grant_form or GrantForm(auto_id="grant_%s"),
        "decision_form": decision_form or DecisionForm(auto_id="decide_%s"),
        "title": f"{attempt.person}: {attempt}",
        "crumbs": [
            (attempt.quiz.title, attempt.quiz.get_absolute_url()),
            (_("Exam room"), reverse("assessments:room", args=[attempt.quiz.slug])),
            (attempt.person.name, None),
        ],
    }
    wrong = grant_form or decision_form
    return render(request, "assessments/sitting.html", context, status=422 if wrong else 200)


def _attempt(request, pk) -> Attempt:
    attempt = get_object_or_404(Attempt.objects.select_related("quiz", "person"), pk=pk)
    if not rules.may_assess_attempt(request.user, attempt):
        raise PermissionDenied(_("The exam room is for assessors, not for who sits there."))
    return attempt


def _need_assessor(request) -> None:
    if not rules.may_assess(request.user):
        raise PermissionDenied(_("The exam room is for assessors."))
