from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from people import rules, services
from people.forms import FirstSignInForm, HolidayForm, RegistryFileForm
from people.holdings import holdings_of
from people.models import Centre, Holiday, Organisation, Posting, RegistryImport, User
from people.registry.judging import OUTCOMES, REFUSED
from people.registry.reading import UnreadableError
from people.registry.services import confirm, judge, propose
from people.spreadsheet import table_response
from people.ways import ways_from_centre

PAGE_SIZE = 40


@login_required
def directory(request):
    """People who hold a posting, by name, ID, agency or dzongkhag."""
    text = request.GET.get("q", "").strip()[:100]
    held = Posting.objects.open().select_related("organisation", "dzongkhag", "centre")
    people = User.objects.filter(
        is_active=True, postings__ends__isnull=True, postings__isnull=False
    )
    for word in text.replace("\x00", "").split()[:6]:
        people = people.filter(
            Q(name__icontains=word)
            | Q(name_dz__icontains=word)
            | Q(employee_id__iexact=word)
            | Q(postings__organisation__name__icontains=word, postings__ends__isnull=True)
            | Q(postings__dzongkhag__name__iexact=word, postings__ends__isnull=True)
        )
    people = people.distinct().prefetch_related(Prefetch("postings", held, to_attr="open_postings"))
    rows = Paginator(people, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "rows": rows,
        "text": text,
        "title": _("People"),
        "keeps": rules.may_keep_registry(request.user),
    }
    return render(request, "people/directory.html", context)


@login_required
def person(request, employee_id):
    person = get_object_or_404(User, employee_id=employee_id)
    postings = person.postings.select_related(
        "organisation", "dzongkhag", "centre", "supervisor", "track_level__track"
    )
    context = {
        "person": person,
        "title": person.name,
        "postings": postings,
        "keeps": rules.may_keep_registry(request.user),
        "sees_holdings": rules.may_see_holdings(request.user, person),
    }
    return render(request, "people/person.html", context)


@login_required
def holdings(request, employee_id):
    """What a person holds and would leave behind."""
    person = get_object_or_404(User, employee_id=employee_id)
    if not rules.may_see_holdings(request.user, person):
        raise PermissionDenied(
            _("What somebody holds is shown to that person, the supervisor and the registrar.")
        )
    context = {
        "person": person,
        "title": _("What %(name)s holds") % {"name": person.name},
        "holdings": holdings_of(person),
    }
    return render(request, "people/holdings.html", context)


@login_required
@require_POST
def hand_out_code(request, employee_id):
    person = get_object_or_404(User, employee_id=employee_id)
    code = services.hand_out_code(person, by=request.user)
    context = {"person": person, "code": code, "title": _("Code for the first sign-in")}
    return render(request, "people/code.html", context)


@sensitive_post_parameters("password", "code")
def first_sign_in(request):
    form = FirstSignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        person = services.redeem_code(data["employee_id"], data["code"], password=data["password"])
        if person:
            login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
            return redirect("my_page")
        form.add_error(
            "code", _("This code does not open this account. Ask your registrar for a new one.")
        )
    context = {"form": form, "title": _("First sign-in")}
    return render(request, "people/first_sign_in.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def data_saver(request):
    """Turn the data saver on or off, and go on with what one was doing."""
    request.user.data_saver = request.POST.get("on") == "1"
    request.user.save(update_fields=["data_saver"])
    return redirect("my_learning")


@login_required
def organisation(request, pk):
    organisation = get_object_or_404(Organisation, pk=pk)
    postings = (
        organisation.postings.open()
        .select_related("person", "dzongkhag")
        .order_by("person__employee_id")
    )
    rows = Paginator(postings, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"organisation": organisation, "rows": rows, "title": organisation.name}
    return render(request, "people/organisation.html", context)


@login_required
def centre_list(request):
    centres = Centre.objects.select_related("gewog__dzongkhag").prefetch_related(
        Prefetch("postings", Posting.objects.open().select_related("person"), to_attr="held_by")
    )
    dzongkhag = request.GET.get("dzongkhag", "")[:80]
    if dzongkhag:
        centres = centres.filter(gewog__dzongkhag__name=dzongkhag.replace("\x00", ""))
    rows = Paginator(centres, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"rows": rows, "dzongkhag": dzongkhag, "title": _("Community centres")}
    return render(request, "people/centres.html", context)


@login_required
def centre(request, code):
    rows = Centre.objects.select_related("gewog__dzongkhag").prefetch_related("services")
    centre = get_object_or_404(rows, code=code)
    operator = centre.postings.open().select_related("person").first()
    context = {
        "centre": centre,
        "operator": operator,
        "ways": ways_from_centre(request.user, centre),
        "title": centre.name,
    }
    return render(request, "people/centre.html", context)


@login_required
def holiday_list(request):
    """Days on which offices are closed, from this year on; registrars name and strike them."""
    keeps = rules.may_keep_registry(request.user)
    form = HolidayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.set_holiday(
            form.cleaned_data["day"], name=form.cleaned_data["name"], by=request.user
        )
        messages.success(request, _("Saved. Nothing is sent to people on that day."))
        return redirect("people:holidays")
    days = Holiday.objects.filter(kept=True, day__year__gte=timezone.localdate().year)
    context = {
        "rows": Paginator(days, PAGE_SIZE).get_page(request.GET.get("page")),
        "form": form,
        "keeps": keeps,
        "title": _("Holidays"),
    }
    return render(request, "people/holidays.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def strike_holiday(request, pk):
    services.strike_holiday(get_object_or_404(Holiday, pk=pk), by=request.user)
    messages.success(request, _("Struck out: offices are open on that day."))
    return redirect("people:holidays")


# --- The registrar's files ----------------------------------------------------------------


@login_required
def import_list(request):
    _need_registrar(request)
    imports = RegistryImport.objects.select_related("brought_by").defer("content", "rows")
    rows = Paginator(imports, PAGE_SIZE).get_page(request.GET.get("page"))
    form = RegistryFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            proposed = propose(
                file.read(), kind=form.cleaned_data["kind"], name=file.name, by=request.user
            )
            return redirect("people:import", pk=proposed.pk)
        except UnreadableError as error:
            form.add_error("file", str(error))
    context = {"rows": rows, "form": form, "title": _("Registry files")}
    return render(request, "people/imports.html", context, status=422 if form.errors else 200)


@login_required
def import_report(request, pk):
    _need_registrar(request)
    report = get_object_or_404(RegistryImport.objects.defer("content"), pk=pk)
    outcome = request.GET.get("outcome", "")
    found = [row for row in report.rows if not outcome or row["outcome"] == outcome]
    context = {
        "report": report,
        "outcome": outcome,
        "counts": [(name, report.counts.get(name, 0)) for name in OUTCOMES],
        "rows": Paginator(found, 100).get_page(request.GET.get("page")),
        "title": report.name,
    }
    return render(request, "people/import.html", context)


@login_required
@require_POST
def confirm_import(request, pk):
    _need_registrar(request)
    applied = confirm(get_object_or_404(RegistryImport, pk=pk))
    messages.success(request, _("Applied. Every record is reported below."))
    return redirect("people:import", pk=applied.pk)


@login_required
def refused_rows(request, pk):
    """The refused rows as a CSV for correction; cells that look like formulas are defused."""
    _need_registrar(request)
    report = get_object_or_404(RegistryImport, pk=pk)
    rows = (
        [str(row.line), " ".join(row.reasons), row.message, *row.cells]
        for row in judge(bytes(report.content), kind=report.kind).rows
        if row.outcome == REFUSED
    )
    return table_response("refused.csv", ["line", "reasons", "message", "cells"], rows)


def _need_registrar(request) -> None:
    if not rules.may_keep_registry(request.user):
        raise PermissionDenied(_("The registry is kept by the registrar."))
