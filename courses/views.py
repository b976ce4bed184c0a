import mimetypes
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import File
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils._os import safe_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses import queries, rules, services
from courses.models import CoursePage, Enrolment, UnitVersion
from people.files import private_file

PAGE_SIZE = 24


def course_list(request):
    """All courses that this person may take; what they began stands first."""
    courses = CoursePage.objects.visible_to(request.user).order_by("title")
    rows = Paginator(courses, PAGE_SIZE).get_page(request.GET.get("page"))
    begun = queries.progress_of(request.user) if request.user.is_authenticated else []
    context = {"rows": rows, "begun": begun, "title": _("Courses")}
    return render(request, "courses/list.html", context)


def course_detail(request, course):
    """The page of a course: what it gives, its units, and the next thing to do."""
    course = _visible(request, course)
    enrolment = queries.enrolment_of(request.user, course)
    newest = course.versions.first()
    version = enrolment.version if enrolment else newest
    units = list(version.units.defer("body")) if version else []
    done = set(enrolment.progress.values_list("unit", flat=True)) if enrolment else set()
    open_units = [unit for unit in units if unit.key not in done]
    context = {
        "page": course,
        "title": course.title,
        "enrolment": enrolment,
        "version": version,
        "newer": newest if enrolment and newest != version else None,
        "units": [(unit, unit.key in done) for unit in units],
        "done": len(units) - len(open_units),
        "go_on": _unit_to_go_on(enrolment, open_units),
        "completion": enrolment.completions.first() if enrolment else None,
        "competencies": course.competencies.select_related("competency", "level"),
        "crumbs": [(_("Courses"), reverse("courses:list")), (course.title, None)],
    }
    return render(request, "courses/course.html", context)


def unit_detail(request, page):
    """One unit, in the version that this person learns in."""
    course = _visible(request, page.course)
    enrolment = queries.enrolment_of(request.user, course)
    version = enrolment.version if enrolment else course.versions.first()
    if version is None:
        raise Http404
    units = list(version.units.defer("body"))
    unit = get_object_or_404(version.units, key=page.pk)
    if enrolment:
        services.remember_place(enrolment, unit=unit)
    following = next((other for other in units if other.position > unit.position), None)
    context = {
        "page": page,
        "course": course,
        "title": unit.title,
        "unit": unit,
        "units": units,
        "following": following,
        "enrolment": enrolment,
        "done": bool(enrolment and enrolment.progress.filter(unit=unit.key).exists()),
        "crumbs": [
            (_("Courses"), reverse("courses:list")),
            (course.title, course.url),
            (unit.title, None),
        ],
    }
    return render(request, "courses/unit.html", context)


@login_required
@require_POST
def enrol(request, pk):
    course = get_object_or_404(CoursePage.objects.visible_to(request.user), pk=pk)
    enrolment = services.enrol(course, person=request.user)
    first = enrolment.version.units.first()
    return redirect(_unit_url(course, first))


@login_required
@require_POST
def withdraw(request, pk):
    enrolment = get_object_or_404(Enrolment, pk=pk, person=request.user)
    services.withdraw(enrolment)
    return redirect(enrolment.course.url)


@login_required
@require_POST
def accept_version(request, pk):
    enrolment = get_object_or_404(Enrolment, pk=pk, person=request.user)
    services.accept_version(enrolment, version=enrolment.course.versions.first())
    return redirect(enrolment.course.url)


@login_required
@require_POST
def finish_unit(request, pk, unit):
    """Worked through: go to the next unit, or back to the course after the last."""
    enrolment = get_object_or_404(
        Enrolment.objects.select_related("course", "version"), pk=pk, person=request.user
    )
    unit = get_object_or_404(UnitVersion, version=enrolment.version, key=unit)
    services.finish_unit(enrolment, unit=unit)
    following = enrolment.version.units.filter(position__gt=unit.position).first()
    if following:
        return redirect(_unit_url(enrolment.course, following))
    return redirect(enrolment.course.url)


@require_safe
def uploaded(request, path):
    """What editors uploaded, by its path: pictures for whoever reads a unit that shows them.

    A browser shows pictures and keeps the rest as files; it runs neither.
    """
    picture = queries.picture_at(path)
    if picture:
        allowed = rules.may_open_picture(request.user, picture)
    else:
        allowed = rules.may_edit(request.user)
    if not allowed:
        raise Http404
    try:
        place = Path(safe_join(settings.MEDIA_ROOT, path))
    except SuspiciousFileOperation as error:
        raise Http404 from error
    if not place.is_file():
        raise Http404
    facts = place.stat()
    kind = mimetypes.guess_type(place.name)[0] or "application/octet-stream"
    return private_file(
        request,
        File(None, name=str(place)),
        etag=f"{facts.st_mtime_ns:x}-{facts.st_size:x}",
        content_type=kind,
        as_attachment=picture is None,
    )


def _visible(request, course):
    """The course, if this person may know of it: 404 otherwise, as everywhere."""
    return get_object_or_404(CoursePage.objects.visible_to(request.user), pk=course.pk)


def _unit_url(course, unit) -> str:
    return f"{course.url}{unit.slug}/"


def _unit_to_go_on(enrolment, open_units):
    """Where "go on" leads: the unit last opened if it is still open, else the first open one."""
    if not enrolment or not open_units:
        return None
    last = next((unit for unit in open_units if unit.key == enrolment.last_unit), None)
    return last or open_units[0]
