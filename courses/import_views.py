"""Pages on which files become units: the report first, then the confirmation."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses import services
from courses.care import need_carer
from courses.folders import FolderError
from courses.forms import ImportUnitsForm
from courses.models import CoursePage, UnitImport


@login_required
def import_units(request, pk):
    """Choose files for a module; nothing is written before their report is confirmed."""
    need_carer(request)
    course = get_object_or_404(CoursePage, pk=pk)
    form = ImportUnitsForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            proposal = services.propose_import(course, **form.cleaned_data, by=request.user)
        except FolderError as error:
            form.add_error("files", services.sentences()[str(error)])
        else:
            return redirect("courses:import_report", pk=proposal.pk)
    context = {
        "title": _("Make units of files"),
        "course": course,
        "form": form,
        "crumbs": _crumbs(course, _("Make units of files")),
    }
    return render(request, "courses/import.html", context, status=422 if form.errors else 200)


@login_required
def import_report(request, pk):
    """What will become of each file, and the button that does it; for who brought them."""
    mine = UnitImport.objects.filter(by=request.user).select_related("course")
    proposal = get_object_or_404(mine, pk=pk)
    need_carer(request)
    course = proposal.course
    if request.method == "POST":
        reports = services.confirm_import(proposal, by=request.user)
        number = sum(report.change in ("new", "changed") for report in reports)
        messages.success(
            request,
            ngettext("%(number)d unit was written.", "%(number)d units were written.", number)
            % {"number": number},
        )
        return redirect("courses:take_over", pk=course.pk)
    context = {
        "title": _("Files for “%(module)s”") % {"module": proposal.module},
        "proposal": proposal,
        "taken": [row for row in proposal.report if row["outcome"] != "refused"],
        "crumbs": _crumbs(course, proposal.module),
    }
    return render(request, "courses/import_report.html", context)


def _crumbs(course, last):
    return [
        (_("Courses"), reverse("courses:list")),
        (course.title, reverse("courses:take_over", args=[course.pk])),
        (last, None),
    ]
