"""Pages of the catalogue: what pools offer, filing a request for it, and keeping it."""

from itertools import groupby

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from desk import catalogue, texts
from desk.forms import SecondPoolForm, ServiceForm, ServiceRequestForm
from desk.intake import take_in
from desk.models import SecondPool, Service
from forums import writing
from forums.audiences import pool_roles
from forums.models import ExpertPool
from forums.rules import may_manage


@login_required
@require_GET
def service_list(request):
    """What pools offer and how long it takes; `?q=` finds what fits some words."""
    person, asked = request.user, request.GET.get("q", "").replace("\0", "")[:200].strip()
    services = list(Service.objects.offered_to(person))
    context = {
        "title": _("Services"),
        "asked": asked,
        "found": catalogue.suggestions(asked, services, most=5) if asked else [],
        "pools": [
            (pool, list(offered))
            for pool, offered in groupby(services, key=lambda service: service.pool)
        ],
        "led": _led_by(person),
        "crumbs": [(_("Requests"), reverse("desk:list")), (_("Services"), None)],
    }
    return render(request, "desk/services.html", context)


def _led_by(person):
    """The pools whose catalogue `person` keeps."""
    rows = ExpertPool.objects.live().order_by("title")
    if not person.is_superuser:
        leads = [code for code, role in pool_roles(person).items() if role == "lead"]
        rows = rows.filter(code__in=leads)
    return rows


def _service_page(slug) -> str:
    return reverse("desk:service", args=[slug])


@writing.keeps_text(_service_page, room=texts.of_service)
def service(request, slug):
    """One service with its form: what is sent is a request, with its receipt at once."""
    offered = get_object_or_404(Service.objects.offered_to(request.user), slug=slug)
    room = texts.of_service(slug)
    _room, begun = writing.begun_in_room(request, room)
    form = ServiceRequestForm(request.POST or None, service=offered, initial=begun)
    context = {
        "service": offered,
        "keeps": may_manage(request.user, offered.pool),
        "title": offered.name,
        "crumbs": _crumbs(offered.name),
    }
    given = {"pool": offered.pool, "service": offered}
    return take_in(request, form, "desk/service.html", context, room=room, **given)


@login_required
def new_service(request):
    pool = get_object_or_404(_led_by(request.user), code=request.GET.get("pool", "")[:16])
    return _edit(request, Service(pool=pool), _("Offer a service of %(pool)s") % {"pool": pool})


@login_required
def second_pool(request, code):
    """Which pool is asked too where this one does not move; its lead says."""
    pool = get_object_or_404(_led_by(request.user), code=code)
    named = SecondPool.objects.filter(pool=pool).first()
    initial = {"second": named.second_id if named else None}
    form = SecondPoolForm(request.POST or None, pool=pool, initial=initial)
    if request.method == "POST" and form.is_valid():
        catalogue.name_second(pool, form.cleaned_data["second"], by=request.user)
        messages.success(request, _("Kept."))
        return redirect("desk:services")
    title = _("Second pool of %(pool)s") % {"pool": pool.title}
    context = {"form": form, "title": title, "crumbs": _crumbs(title)}
    status = 422 if form.errors else 200
    return render(request, "desk/second_pool.html", context, status=status)


@login_required
def change_service(request, slug):
    """Also services that are not offered any more: the lead brings them back here."""
    known = get_object_or_404(Service.objects.select_related("pool"), slug=slug)
    if not may_manage(request.user, known.pool):
        raise PermissionDenied(_("The lead of the pool says what it offers."))
    return _edit(request, known, _("Change “%(name)s”") % {"name": known.name})


def _edit(request, known: Service, title: str):
    form = ServiceForm(request.POST or None, instance=known, pool=known.pool)
    if request.method == "POST" and form.is_valid():
        asks = form.cleaned_data["asks"]
        saved = catalogue.save_service(form.save(commit=False), asks=asks, by=request.user)
        messages.success(request, _("Saved. Requests in work get the new times at once."))
        return redirect(saved if saved.active else reverse("desk:services"))
    retired = Service.objects.filter(pool=known.pool, active=False).exclude(pk=known.pk)
    context = {"form": form, "title": title, "crumbs": _crumbs(title), "retired": retired}
    status = 422 if form.errors else 200
    return render(request, "desk/service_form.html", context, status=status)


def _crumbs(last: str) -> list:
    return [
        (_("Requests"), reverse("desk:list")),
        (_("Services"), reverse("desk:services")),
        (last, None),
    ]
