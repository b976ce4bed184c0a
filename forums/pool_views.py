"""Pages of who could help, and when; and how one joins a pool as expert."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from forums import experts, rules, serving
from forums.audiences import pools_served
from forums.models import ExpertPool, ServingProfile, SpokenLanguage
from forums.pages import crumbs
from forums.pool_forms import (
    AbsenceForm,
    DirectoryForm,
    EntryForm,
    ProfileForm,
    RemoveAbsenceForm,
    RemoveEntryForm,
)

PAGE_SIZE = 20


@login_required
@require_safe
def directory(request):
    """Who could help, and when."""
    form = DirectoryForm(request.GET)
    wanted = experts.Wanted(**form.cleaned_data) if form.is_valid() else None
    found = experts.experts_for(request.user, wanted) if wanted else []
    rows = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    experts.add_records(rows.object_list)
    context = {
        "title": _("Who could help, and when"),
        "form": form,
        "rows": rows,
        "languages": dict(SpokenLanguage.Code.choices),
        "crumbs": [
            (_("Pools and questions"), reverse("forums:pools")),
            (_("Who could help"), None),
        ],
    }
    return render(request, "forums/experts.html", context, status=422 if form.errors else 200)


def _profile_data(person) -> dict:
    profile = ServingProfile.objects.filter(person=person).first()
    if profile is None:
        return {"claims_at_once": experts.CLAIMS_AT_ONCE}
    return {
        "claims_at_once": profile.claims_at_once,
        "hours_a_week": profile.hours_a_week,
        "languages": list(profile.languages.values_list("code", flat=True)),
        "dzongkhags": list(profile.dzongkhags.values_list("pk", flat=True)),
        "hides_held": profile.hides_held,
        "hides_delivered": profile.hides_delivered,
    }


@login_required
def my_serving(request):
    """What I can take on, in which languages, where, and when I am away."""
    form = ProfileForm(request.POST or None, initial=_profile_data(request.user))
    if request.method == "POST" and form.is_valid():
        serving.keep_profile(request.user, **form.cleaned_data)
        messages.success(request, _("Kept."))
        return redirect("forums:serving")
    return _serving_page(request, form=form)


def _serving_page(request, *, form=None, absence=None):
    person = request.user
    context = {
        "title": _("What I can take on"),
        "form": form or ProfileForm(initial=_profile_data(person)),
        "absence": absence or AbsenceForm(),
        "absences": person.absences.filter(ends__gte=timezone.localdate()),
        "serves": bool(pools_served(person)),
        "crumbs": [
            (_("Who could help"), reverse("forums:experts")),
            (_("What I can take on"), None),
        ],
    }
    wrong = context["form"].errors or context["absence"].errors
    return render(request, "forums/serving.html", context, status=422 if wrong else 200)


@login_required
@require_POST
def add_absence(request):
    form = AbsenceForm(request.POST)
    if form.is_valid():
        try:
            serving.add_absence(request.user, **form.cleaned_data)
        except serving.OverlapError:
            form.add_error("starts", _("Some of these days are in another absence already."))
        else:
            messages.success(request, _("Kept. You are not suggested on these days."))
            return redirect("forums:serving")
    return _serving_page(request, absence=form)


@login_required
@require_POST
def end_absence(request):
    form = RemoveAbsenceForm(request.POST, person=request.user)
    if form.is_valid():
        serving.end_absence(form.cleaned_data["absence"])
    return redirect("forums:serving")


@login_required
@require_POST
def join_as_expert(request, pk):
    """One button for who holds what the pool asks for; the server looks, not the page."""
    pool = get_object_or_404(ExpertPool.objects.visible_to(request.user), pk=pk)
    row = serving.join_as_expert(pool, person=request.user)
    messages.success(
        request,
        _("You serve in %(pool)s as %(role)s.")
        % {"pool": pool.title, "role": row.get_role_display().lower()},
    )
    return redirect(pool.address)


@login_required
def entries(request, pk):
    """What lets somebody join as expert: the lead says."""
    pool = get_object_or_404(ExpertPool.objects.visible_to(request.user), pk=pk)
    if not rules.may_manage(request.user, pool):
        raise PermissionDenied(_("Only the lead of the pool says who may join as expert."))
    form = EntryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        serving.add_entry(pool, by=request.user, **form.cleaned_data)
        messages.success(request, _("Kept."))
        return redirect("forums:entries", pk=pool.pk)
    context = {
        "title": _("Entry to %(pool)s") % {"pool": pool.title},
        "pool": pool,
        "form": form,
        "entries": pool.entries.select_related("scheme", "competency", "level"),
        "crumbs": crumbs(pool, _("Entry")),
    }
    return render(request, "forums/entries.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def remove_entry(request, pk):
    pool = get_object_or_404(ExpertPool.objects.visible_to(request.user), pk=pk)
    form = RemoveEntryForm(request.POST, pool=pool)
    if form.is_valid():
        serving.remove_entry(form.cleaned_data["entry"], by=request.user)
    return redirect("forums:entries", pk=pool.pk)
