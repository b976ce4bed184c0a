import mimetypes
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, SuspiciousFileOperation
from django.core.files.base import File
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils._os import safe_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses import queries, rules, services, states
from courses.forms import ChosenPeopleForm, DeclineForm, PlaceForm, SecondForm
from courses.models import CoursePage, Enrolment, UnitVersion
from people.files import private_file

PAGE_SIZE = 24
PEOPLE_ON_A_PAGE = 50


def course_list(request):
    """All courses that this person may take; what they began stands first."""
    courses = CoursePage.objects.visible_to(request.user).order_by("title")
    rows = Paginator(courses, PAGE_SIZE).get_page(request.GET.get("page"))
    begun = queries.progress_of(request.user) if request.user.is_authenticated else []
    context = {
        "rows": rows,
        "begun": begun,
        "title": _("Courses"),
        "cares": rules.may_care(request.user),
    }
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
    begun = enrolment is not None and enrolment.state not in states.ASKED
    asks = course.joining == CoursePage.Joining.REQUEST
    context = {
        "page": course,
        "title": course.title,
        "enrolment": enrolment,
        "begun": begun,
        "missing": [] if begun else _missing(request.user, course),
        "asks_for_place": asks and not (enrolment and enrolment.state == states.State.INVITED),
        "version": version,
        "newer": newest if begun and newest != version else None,
        "modules": _by_module(units, done),
        "all": len(units),
        "done": len(units) - len(open_units),
        "go_on": queries.place_to_go_on(enrolment, open_units) if begun else None,
        "completion": enrolment.completions.first() if enrolment else None,
        "competencies": course.competencies.select_related("competency", "level"),
        "cares": rules.may_care(request.user),
        "enrols_others": rules.may_enrol_others(request.user, course),
        "crumbs": [(_("Courses"), reverse("courses:list")), (course.title, None)],
    }
    return render(request, "courses/course.html", context)


def _missing(person, course) -> list[str]:
    return services.missing_for(person, course) if person.is_authenticated else []


def _by_module(units, done) -> list[tuple[str, list]]:
    """Title of a module -> its units with whether they are done, in the order of the units."""
    modules: dict[str, list] = {}
    for unit in units:
        modules.setdefault(unit.module, []).append((unit, unit.key in done))
    return list(modules.items())


def unit_detail(request, course, path):
    """One unit, in the version that this person learns in."""
    course = _visible(request, course)
    enrolment = queries.enrolment_of(request.user, course)
    version = enrolment.version if enrolment else course.versions.first()
    if version is None:
        raise Http404
    units = list(version.units.defer("body"))
    unit = version.units.filter(path=path).first()
    if unit is None:
        return redirect(_address_now(course, version, path))
    begun = enrolment is not None and enrolment.state not in states.ASKED
    if begun and request.method == "GET":
        services.remember_place(enrolment, unit=unit)
    following = next((other for other in units if other.position > unit.position), None)
    context = {
        "page": course,
        "course": course,
        "title": unit.title,
        "unit": unit,
        "body": queries.body_of(unit),
        "units": units,
        "following": following,
        "enrolment": enrolment if begun else None,
        "done": begun and enrolment.progress.filter(unit=unit.key).exists(),
        "media_places": queries.media_places(enrolment) if begun else {},
        "saver": request.user.is_authenticated and request.user.data_saver,
        "crumbs": [
            (_("Courses"), reverse("courses:list")),
            (course.title, course.url),
            (unit.title, None),
        ],
    }
    return render(request, "courses/unit.html", context)


def _address_now(course, version, path) -> str:
    """Where a unit stands in `version` that another version has at `path`; 404 if it does not."""
    elsewhere = UnitVersion.objects.filter(version__course=course, path=path)
    unit = version.units.filter(key__in=elsewhere.values("key")).first()
    if unit is None:
        raise Http404
    return _unit_url(course, unit)


def preview_unit(request, page):
    """A unit as a learner will see it, while its author edits it."""
    unit = UnitVersion(
        key=page.pk or 0,
        position=1,
        title=page.title,
        summary=page.summary,
        minutes=page.minutes,
        body=list(page.body.raw_data),
    )
    course = page.course
    context = {
        "page": page,
        "course": course,
        "title": unit.title,
        "unit": unit,
        "body": queries.body_of(unit),
        "units": [unit],
    }
    return render(request, "courses/unit.html", context)


@login_required
@require_POST
def enrol(request, pk):
    course = get_object_or_404(CoursePage.objects.visible_to(request.user), pk=pk)
    enrolment = services.enrol(course, person=request.user)
    return redirect(_unit_url(course, enrolment.version.units.first()))


@login_required
@require_POST
def request_place(request, pk):
    course = get_object_or_404(CoursePage.objects.visible_to(request.user), pk=pk)
    services.request_place(course, person=request.user)
    messages.success(request, _("Asked. You are told as soon as the place is given."))
    return redirect(course.url)


@login_required
@require_POST
def change_enrolment(request, pk, verb):
    """The learner's own moves: withdraw, pause, resume."""
    enrolment = _own_enrolment(request, pk)
    change = {
        "withdraw": services.withdraw,
        "pause": services.pause,
        "resume": services.resume,
    }[verb]
    try:
        change(enrolment)
    except states.IllegalMoveError:
        messages.warning(
            request,
            _("Nothing was changed: this course is %(state)s.")
            % {"state": enrolment.get_state_display().lower()},
        )
    return redirect(enrolment.course.url)


@login_required
@require_POST
def accept_version(request, pk):
    enrolment = _own_enrolment(request, pk)
    services.accept_version(enrolment, version=enrolment.course.versions.first())
    return redirect(enrolment.course.url)


@login_required
@require_POST
def finish_unit(request, pk, unit):
    """Worked through: go to the next unit, or back to the course after the last."""
    enrolment = _own_enrolment(request, pk)
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


@login_required
@require_POST
def place(request, pk):
    """Keep the block in view, or the second of a recording; place.js sends it."""
    enrolment = _own_enrolment(request, pk)
    recording, reading = SecondForm(request.POST), PlaceForm(request.POST)
    if recording.is_valid():
        services.remember_second(enrolment, **recording.cleaned_data)
    elif reading.is_valid():
        unit = get_object_or_404(enrolment.version.units, key=reading.cleaned_data["unit"])
        services.remember_place(enrolment, unit=unit, block=reading.cleaned_data["block"])
    else:
        return HttpResponseBadRequest(_("A place is a unit and a block, or a file and a second."))
    return HttpResponse(status=204)


# --- Bringing others in ---------------------------------------------------------------------


@login_required
def course_people(request, pk):
    """Who learns in a course, who asks for a place, and whom else to bring in."""
    course = _course_to_fill(request, pk)
    form = ChosenPeopleForm(request.POST if request.method == "POST" else None)
    outcomes = None
    if request.method == "POST" and form.is_valid():
        confirmed = request.POST.get("step") == "confirm"
        outcomes = services.enrol_others(
            course,
            queries.chosen_people(course, **form.criteria()),
            by=request.user,
            invite=form.cleaned_data["invite"],
            due_on=form.cleaned_data["due_on"],
            dry_run=not confirmed,
        )
        if confirmed:
            messages.success(request, _("Done. Each of them was told."))
            return redirect("courses:people", pk=course.pk)
    mine = rules.enrollable_by(request.user, course)
    learners = course.enrolments.filter(person__in=mine).select_related("person", "version")
    keeps = rules.may_keep(request.user, course)
    context = {
        "title": _("People in “%(course)s”") % {"course": course.title},
        "course": course,
        "form": form,
        "outcomes": outcomes,
        "rows": Paginator(learners, PEOPLE_ON_A_PAGE).get_page(request.GET.get("page")),
        "asked": queries.places_asked_for(course) if keeps else [],
        "crumbs": [
            (_("Courses"), reverse("courses:list")),
            (course.title, course.url),
            (_("People"), None),
        ],
    }
    return render(request, "courses/people.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def answer_request(request, pk):
    """Give a place that was asked for, or say why not."""
    enrolment = get_object_or_404(Enrolment.objects.select_related("course", "person"), pk=pk)
    course = _course_to_fill(request, enrolment.course_id)
    if request.POST.get("answer") == "decline":
        form = DeclineForm(request.POST)
        if form.is_valid():
            services.decline(enrolment, by=request.user, note=form.cleaned_data["note"])
        else:
            messages.error(request, _("Say in a few words why not; the person reads it."))
    elif rules.may_keep(request.user, course):
        for outcome in services.enrol_others(course, [enrolment.person], by=request.user):
            if outcome.code == "refused":
                messages.error(request, f"{outcome.person}: {outcome.message}")
    else:
        raise PermissionDenied(_("Only those who keep a course give its places."))
    return redirect("courses:people", pk=course.pk)


def _course_to_fill(request, pk) -> CoursePage:
    course = get_object_or_404(CoursePage.objects.visible_to(request.user), pk=pk)
    if not rules.may_enrol_others(request.user, course):
        raise PermissionDenied(
            _("Those who keep a course bring people in, and heads their own people.")
        )
    return course


# --- Parts --------------------------------------------------------------------------------


def _visible(request, course):
    """The course, if this person may know of it: 404 otherwise, as everywhere."""
    return get_object_or_404(CoursePage.objects.visible_to(request.user), pk=course.pk)


def _own_enrolment(request, pk) -> Enrolment:
    rows = Enrolment.objects.select_related("course", "version", "person")
    return get_object_or_404(rows, pk=pk, person=request.user)


def _unit_url(course, unit) -> str:
    return f"{course.url}{unit.path}/"
