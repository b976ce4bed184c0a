"""Pages for those who look after courses: what needs an owner or a review, and the checklist."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from courses import queries, rules, services
from courses.checklist import findings
from courses.forms import CareForm, MaterialChangeForm
from courses.models import CoursePage

PAGE_SIZE = 40


@login_required
def care_list(request):
    """Courses that nobody in post looks after, and those whose day of review has come."""
    need_carer(request)
    context = {
        "title": _("Care of courses"),
        "uncared": Paginator(queries.uncared_courses(), PAGE_SIZE).get_page(
            request.GET.get("page")
        ),
        "stale": queries.stale_courses()[:PAGE_SIZE],
        "crumbs": [(_("Courses"), reverse("courses:list")), (_("Care"), None)],
    }
    return render(request, "courses/care.html", context)


@login_required
def take_over(request, pk):
    """Name who looks after a course; what its checklist finds stands beside it."""
    need_carer(request)
    course = get_object_or_404(CoursePage, pk=pk)
    owner = course.owner_person
    initial = {"owner": owner.employee_id if owner else "", "review_by": course.review_by}
    form = CareForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.give_to(course, **form.cleaned_data, by=request.user)
        messages.success(
            request, _("%(name)s looks after it now.") % {"name": form.cleaned_data["owner"]}
        )
        return redirect("courses:care")
    context = {
        "title": course.title,
        "course": course,
        "form": form,
        "findings": findings(course),
        "crumbs": [
            (_("Courses"), reverse("courses:list")),
            (_("Care"), reverse("courses:care")),
            (course.title, None),
        ],
    }
    return render(request, "courses/take_over.html", context, status=422 if form.errors else 200)


@login_required
def versions(request, pk):
    """The versions of a course; whoever keeps it says that the newest changed materially."""
    course = get_object_or_404(CoursePage.objects.visible_to(request.user), pk=pk)
    if not rules.may_keep(request.user, course):
        raise PermissionDenied(_("Only those who keep a course say what changed in it."))
    rows = course.versions.select_related("material_change__by")
    newest = rows.first()
    markable = newest and newest.number > 1 and not hasattr(newest, "material_change")
    form = MaterialChangeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if newest is None:
            raise PermissionDenied(_("This course has no published unit yet."))
        services.mark_material(newest, by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, _("Noted. Those certified by an earlier version are told."))
        return redirect("courses:versions", pk=pk)
    context = {
        "title": _("Versions of “%(course)s”") % {"course": course.title},
        "course": course,
        "rows": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "newest": newest,
        "form": form if markable else None,
        "crumbs": [
            (_("Courses"), reverse("courses:list")),
            (course.title, course.url),
            (_("Versions"), None),
        ],
    }
    return render(request, "courses/versions.html", context, status=422 if form.errors else 200)


def need_carer(request) -> None:
    if not rules.may_care(request.user):
        raise PermissionDenied(_("Authors, registrars and administrators look after courses."))
