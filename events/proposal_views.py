"""Pages of the call for talks: proposing, and for reviewers and keepers, judging."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from events import proposals, rules
from events.models import Edition, Proposal
from events.programme_views import crumbs_of, visible_edition
from events.proposal_forms import DecideForm, ProposalForm, ReviewerForm, ReviewForm
from events.proposal_states import EDITABLE, KEEPER, SPEAKER, moves_from
from events.waiting import keeps_typed, sent_before, settled, waited, writer_token
from forums.services import CidReuseError

PAGE_SIZE = 30


def _visible(request, pk) -> Proposal:
    """A proposal for its speakers and reviewers; nobody else knows of it."""
    rows = Proposal.objects.select_related("edition", "by", "track", "talk__edition")
    proposal = get_object_or_404(rows, pk=pk)
    speaks = rules.speaks_in(request.user, proposal)
    if not speaks and not rules.may_review_proposal(request.user, proposal):
        raise Http404
    return proposal


@keeps_typed
def propose(request, slug):
    """A new proposal. After the call has closed it is kept as a draft, and that is said."""
    edition = visible_edition(request, slug)
    return _write(request, edition, None)


@keeps_typed
def edit(request, pk):
    proposal = _visible(request, pk)
    if not rules.speaks_in(request.user, proposal):
        raise PermissionDenied(_("Only its speakers can change a proposal."))
    return _write(request, proposal.edition, proposal)


def _write(request, edition: Edition, proposal: Proposal | None):
    initial = {}
    if proposal:
        initial = {name: getattr(proposal, name) for name in proposals.FIELDS}
        people = proposal.co_speakers.order_by("employee_id")
        initial["co_speakers"] = ", ".join(person.employee_id for person in people)
    initial |= waited(request)
    form = ProposalForm(request.POST or None, initial=initial, edition=edition)
    if request.method == "POST" and form.is_valid():
        try:
            kept = proposals.save_proposal(
                edition, by=request.user, proposal=proposal, **form.cleaned_data
            )
        except CidReuseError:
            form.add_error(None, sent_before())
        except proposals.RefusedMoveError as refusal:
            form.add_error(None, str(refusal))
        else:
            settled(request)
            return _hand_over(request, kept)
    title = _("Change the proposal") if proposal else _("Propose a talk")
    context = {
        "title": title,
        "edition": edition,
        "proposal": proposal,
        "form": form,
        "writer": writer_token(request.user),
        "editable": not proposal or proposal.state in EDITABLE,
        "crumbs": crumbs_of(edition, (title, None)),
    }
    return render(request, "events/propose.html", context, status=422 if form.errors else 200)


def _hand_over(request, proposal: Proposal):
    if "submit" in request.POST:
        try:
            proposals.submit(proposal, by=request.user)
            messages.success(request, _("Submitted. You can change it until it is decided."))
        except proposals.RefusedMoveError as refusal:
            messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Kept. Nobody else sees a draft."))
    return redirect(proposal)


@login_required
@require_safe
def proposal(request, pk):
    return _page(request, _visible(request, pk))


def _page(request, proposal: Proposal, review_form=None, decide_form=None):
    person = request.user
    speaks = rules.speaks_in(person, proposal)
    reviews = rules.may_review_proposal(person, proposal)
    own = proposal.reviews.filter(reviewer=person).first() if reviews else None
    initial = {"score": own.score, "comment": own.comment} if own else {}
    goals = moves_from(proposal.state, KEEPER) if rules.may_keep(person) and not speaks else []
    begin = timezone.datetime.combine(proposal.edition.starts, timezone.datetime.min.time())
    context = {
        "title": proposal.title,
        "proposal": proposal,
        "speakers": proposals.speakers_of(proposal),
        "steps": proposal.steps.select_related("by"),
        "speaks": speaks,
        "editable": speaks and proposal.state in EDITABLE,
        "own_moves": moves_from(proposal.state, SPEAKER) if speaks else [],
        # Who reviews sees what the others said once the own word is said.
        "reviews": proposal.reviews.select_related("reviewer") if own or goals else [],
        "review_form": review_form or (ReviewForm(initial=initial) if reviews else None),
        "decide_form": decide_form
        or (
            DecideForm(
                goals=goals,
                initial={"starts": begin.replace(hour=9), "minutes": proposal.minutes},
                auto_id="decide_%s",
            )
            if goals
            else None
        ),
        "crumbs": crumbs_of(proposal.edition, (proposal.title, None)),
    }
    status = 422 if review_form or decide_form else 200
    return render(request, "events/proposal.html", context, status=status)


@login_required
@require_POST
def move(request, pk, to):
    """The speaker's own ways: submit, back to a draft, withdraw."""
    proposal = _visible(request, pk)
    try:
        if to == Proposal.State.SUBMITTED:
            proposals.submit(proposal, by=request.user)
        else:
            for_good = to == Proposal.State.WITHDRAWN
            proposals.take_back(proposal, by=request.user, for_good=for_good)
    except proposals.RefusedMoveError as refusal:
        messages.error(request, str(refusal))
    return redirect(proposal)


@login_required
@require_POST
def review(request, pk):
    proposal = _visible(request, pk)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, proposal, review_form=form)
    proposals.review(proposal, by=request.user, **form.cleaned_data)
    messages.success(request, _("Your review is kept."))
    return redirect(proposal)


@login_required
@require_POST
def decide(request, pk):
    proposal = _visible(request, pk)
    goals = moves_from(proposal.state, KEEPER)
    form = DecideForm(request.POST, goals=goals, auto_id="decide_%s")
    if not form.is_valid():
        return _page(request, proposal, decide_form=form)
    try:
        proposals.decide(proposal, by=request.user, **form.cleaned_data)
    except proposals.RefusedMoveError as refusal:
        messages.error(request, str(refusal))
    return redirect(proposal)


@login_required
def listing(request, slug):
    """All proposals of a conference, for its reviewers, the best first."""
    edition = visible_edition(request, slug)
    if not rules.may_review(request.user, edition):
        raise PermissionDenied(_("Reviewers of the conference see its proposals."))
    form = ReviewerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        proposals.ask_to_review(edition, form.cleaned_data["person"], by=request.user)
        return redirect("events:proposals", slug=edition.slug)
    hidden = (Proposal.State.DRAFT, Proposal.State.WITHDRAWN)
    rows = edition.proposals.exclude(state__in=hidden).with_scores().select_related("by")
    state = request.GET.get("state", "")
    if state in Proposal.State.values:
        rows = rows.filter(state=state)
    rows = rows.order_by("-score", "pk")
    context = {
        "title": _("Proposals"),
        "edition": edition,
        "state": state,
        "states": [(s.value, s.label) for s in Proposal.State if s not in hidden],
        "rows": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "form": form if rules.may_keep(request.user) else None,
        "reviewers": edition.reviewers.order_by("name"),
        "crumbs": crumbs_of(edition, (_("Proposals"), None)),
    }
    return render(request, "events/proposals.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def my_proposals(request):
    rows = Proposal.objects.of(request.user).select_related("edition")
    context = {
        "title": _("My proposals"),
        "rows": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "crumbs": [
            (_("Conferences"), reverse("events:conferences")),
            (_("My proposals"), None),
        ],
    }
    return render(request, "events/my_proposals.html", context)
