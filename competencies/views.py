from itertools import groupby

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from competencies import queries
from competencies.chart import gap_chart
from competencies.models import Competency, Evidence, RoleProfile
from people.models import CareerTrack

PAGE_SIZE = 50


@login_required
def mine(request):
    """Target, now, since, valid until and the next step, for the own role profile."""
    profiles = queries.profiles_for(request.user)
    wanted = request.GET.get("profile")
    profile = next((p for p in profiles if p.code == wanted), profiles[0] if profiles else None)
    lines = queries.lines_for(request.user, profile)
    context = {
        "title": _("My competencies"),
        "profiles": profiles,
        "profile": profile,
        "lines": lines,
        "met": sum(line.met for line in lines),
        "chart": gap_chart(lines),
    }
    return render(request, "competencies/mine.html", context)


@login_required
def my_evidence(request):
    evidence = Evidence.objects.filter(person=request.user).select_related("competency", "level")
    rows = Paginator(evidence, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"rows": rows, "title": _("My evidence")}
    return render(request, "competencies/evidence.html", context)


@login_required
def competency_list(request):
    rows = Competency.objects.order_by("pool_name", "code")
    pools = [(name, list(group)) for name, group in groupby(rows, key=lambda row: row.pool_name)]
    context = {"pools": pools, "title": _("The competency framework")}
    return render(request, "competencies/list.html", context)


@login_required
def competency_detail(request, code):
    competency = get_object_or_404(Competency, code=code)
    context = {
        "competency": competency,
        "title": competency.name,
        "descriptors": competency.descriptors.select_related("level"),
        "targets": competency.targets.select_related("profile", "level").order_by("profile__code"),
        "next_step": queries.next_step_for(request.user, competency),
        "crumbs": [
            (_("The competency framework"), reverse("competencies:list")),
            (competency.code, None),
        ],
    }
    return render(request, "competencies/competency.html", context)


@login_required
def profile_list(request):
    tracks = CareerTrack.objects.prefetch_related("levels__role_profiles")
    context = {"tracks": tracks, "title": _("Career tracks and role profiles")}
    return render(request, "competencies/profiles.html", context)


@login_required
def profile_detail(request, code):
    profile = get_object_or_404(RoleProfile.objects.select_related("track_level__track"), code=code)
    context = {
        "profile": profile,
        "title": profile.name,
        "targets": profile.targets.select_related("competency", "level"),
        "crumbs": [
            (_("Career tracks and role profiles"), reverse("competencies:profiles")),
            (profile.name, None),
        ],
    }
    return render(request, "competencies/profile.html", context)
