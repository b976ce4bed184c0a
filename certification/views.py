import json

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from certification import (
    badge,
    centres,
    keys,
    queries,
    refreshers,
    rules,
    services,
    states,
    status_lists,
)
from certification.export import KINDS, exported
from certification.forms import ChangeForm, CheckForm, IssueForm, ReadinessForm, SchemeForm
from certification.models import Credential, Proposal, Refresher, Scheme, ServiceRequirement
from certification.rules import may_keep_certificates
from people.spreadsheet import table_response

PAGE_SIZE = 30
Kind = Proposal.Kind


@login_required
@require_GET
def mine(request):
    own = Credential.objects.filter(holder=request.user).with_state()
    context = {
        "rows": Paginator(own, PAGE_SIZE).get_page(request.GET.get("page")),
        "lapsing": queries.lapsing_for(request.user),
        "refreshers": refreshers.open_for(request.user),
        "schemes": queries.schemes_for(request.user),
        "keeps": may_keep_certificates(request.user),
        "sees_readiness": rules.may_see_readiness(request.user),
        "title": _("My certificates"),
    }
    return render(request, "certification/mine.html", context)


@login_required
@require_GET
def refresher_list(request):
    """Who must refresh a certificate because a course changed materially, the soonest first."""
    if not may_keep_certificates(request.user):
        raise PermissionDenied(_("Only registrars and administrators see this list."))
    rows = Paginator(Refresher.objects.open().for_page(), PAGE_SIZE)
    context = {
        "rows": rows.get_page(request.GET.get("page")),
        "today": timezone.localdate(),
        "title": _("Refreshers that are due"),
    }
    return render(request, "certification/refreshers.html", context)


@login_required
@require_GET
def certificate(request, serial):
    return _certificate_page(request, _credential(request, serial))


@login_required
@require_POST
def change(request, serial):
    """Propose to revoke, suspend or restore a certificate, or to withhold its name."""
    credential = _credential(request, serial)
    if not may_keep_certificates(request.user):
        raise PermissionDenied(_("Only registrars and administrators propose this."))
    form = ChangeForm(request.POST, kinds=_kinds_for(credential))
    if not form.is_valid():
        return _certificate_page(request, credential, form, status=422)
    data = form.cleaned_data
    services.propose(data["kind"], by=request.user, reason=data["reason"], credential=credential)
    messages.success(request, _("Proposed. A second registrar or administrator confirms it."))
    return redirect(credential)


@login_required
@require_GET
def download(request, serial, kind):
    if kind not in KINDS:
        raise Http404
    credential = _credential(request, serial)
    name = f"{credential.serial}.{kind}"
    return HttpResponse(
        exported(credential, kind),
        content_type=KINDS[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


# --- Two people -------------------------------------------------------------------------------


@login_required
def proposals(request):
    """What waits for a second person, what was decided, and the form to issue by hand."""
    if not may_keep_certificates(request.user):
        raise PermissionDenied(_("Proposals are for registrars and administrators."))
    form = IssueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.propose(Kind.ISSUE, by=request.user, **form.cleaned_data)
        messages.success(request, _("Proposed. A second registrar or administrator confirms it."))
        return redirect("certification:proposals")
    rows = Proposal.objects.for_page()
    waiting = [(row, rules.may_decide(request.user, row)) for row in rows.waiting()[:PAGE_SIZE]]
    decided = rows.exclude(state=Proposal.State.WAITING).select_related("decided_by")
    context = {
        "waiting": waiting,
        "rows": Paginator(decided, PAGE_SIZE).get_page(request.GET.get("page")),
        "form": form,
        "title": _("Proposals for certificates"),
    }
    return render(request, "certification/proposals.html", context, status=_status(form))


@login_required
@require_POST
def decide(request, pk, answer):
    acts = {"confirm": services.confirm, "decline": services.decline}
    if answer not in acts or not may_keep_certificates(request.user):
        raise Http404
    proposal = get_object_or_404(Proposal, pk=pk)
    try:
        proposal = acts[answer](proposal, by=request.user)
    except services.ProposalError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, proposal.get_state_display())
    return redirect("certification:proposals")


@login_required
def scheme_edit(request, code):
    if not may_keep_certificates(request.user):
        raise PermissionDenied(_("Schemes are written by registrars and administrators."))
    scheme = get_object_or_404(Scheme, code=code)
    form = SchemeForm(request.POST or None, instance=scheme)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved. Certificates that were issued stay as they are."))
        return redirect("certification:scheme", code=code)
    context = {"form": form, "scheme": scheme, "title": _("Scheme %(code)s") % {"code": code}}
    return render(request, "certification/scheme.html", context, status=_status(form))


# --- The public check ---------------------------------------------------------------------------


@require_GET
def check_form(request):
    """Anybody types a number; a known one leads to its page."""
    form = CheckForm(request.GET or None)
    if form.is_valid():
        return redirect("certification:check", serial=form.cleaned_data["serial"].strip().upper())
    context = {"form": form, "title": _("Check a certificate")}
    return render(request, "certification/check_form.html", context, status=_status(form))


@require_GET
def check(request, serial):
    """Everything that is printed, whether it holds, and whether the signature fits. Public."""
    credential = queries.find(serial)
    if credential is None:
        form = CheckForm(initial={"serial": serial[:20].replace("\0", "")})
        context = {"form": form, "unknown": True, "title": _("No such certificate")}
        return render(request, "certification/check_form.html", context, status=404)
    context = {
        "credential": credential,
        "fault": queries.fault_of(credential),
        "title": _("Check of certificate %(serial)s") % {"serial": credential.serial},
    }
    return render(request, "certification/check.html", context)


@require_GET
def paper(request):
    """Checks the slip of a printed QR code in the browser, also with no network. Public."""
    context = {"title": _("Check a certificate without a network")}
    return render(request, "certification/paper.html", context)


@require_GET
def paper_worker(request):
    """The service worker of the page above; it lies beside it, so that it may serve it."""
    kept = [
        request.path.removesuffix("worker.js"),
        request.path.replace("worker.js", "data.json"),
        *(static(f"css/{name}.css") for name in ("tokens", "base", "components")),
        static("img/icon.svg"),
        static("certification/paper.js"),
    ]
    context = {"kept": json.dumps(kept), "version": "|".join(kept)}
    response = render(request, "certification/worker.js", context, content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    return response


@require_GET
def paper_data(request):
    """The public keys and the signed status lists, for the check without a network."""
    return _open_to_all(JsonResponse(status_lists.bundle(at=timezone.now())))


@require_GET
def status_list(request, purpose, number):
    """A signed Bitstring Status List; with ?at=2026-11-25 as it stood at the end of that day."""
    if purpose not in status_lists.PURPOSES or number not in status_lists.numbers():
        raise Http404
    now = timezone.now()
    day = _day(request.GET.get("at", ""))
    at = min(now, badge.end_of(day)) if day else now
    keys.require_first(Credential.objects.exists)
    token = status_lists.signed_list(purpose, number, at=at)
    return _open_to_all(HttpResponse(token, content_type="application/vc+jwt"))


@require_GET
def jwks(request):
    """The public keys, for anybody who checks a certificate without this site."""
    keys.require_first(Credential.objects.exists)
    return _open_to_all(JsonResponse({"keys": list(keys.public_keys().values())}))


# --- Readiness of centres -------------------------------------------------------------------------


@login_required
@require_GET
def readiness_list(request):
    """The map by dzongkhag and the list of centres, for those who answer for them."""
    found, form = _readiness(request)
    wanted = form.cleaned_data.get("state") if form.is_valid() else ""
    context = {
        "map": centres.map_of_lines(found),
        "rows": Paginator(_in_state(found, wanted), PAGE_SIZE).get_page(request.GET.get("page")),
        "counts": [(label, _count(found, state)) for state, label in form.fields["state"].choices],
        "form": form,
        "query": request.GET.urlencode(),
        "title": _("Readiness of the centres"),
    }
    return render(request, "certification/readiness.html", context)


@login_required
@require_GET
def readiness_csv(request):
    """The list as a table for a spreadsheet; the same filters."""
    found, form = _readiness(request)
    wanted = form.cleaned_data.get("state") if form.is_valid() else ""
    columns = ["code", "centre", "dzongkhag", "operator", "state", "reasons", "changes_on"]
    rows = (
        [
            line.centre.code,
            line.centre.name,
            line.centre.gewog.dzongkhag.name,
            line.operator.name if line.operator else "",
            str(line.state),
            "; ".join(_sentence(reason) for reason in line.readiness.reasons),
            str(line.readiness.changes_on or ""),
        ]
        for line in _in_state(found, wanted)
    )
    return table_response("readiness.csv", columns, rows)


@login_required
@require_GET
def readiness_of(request, code):
    """One centre: each service, the certificate that it needs, and what is wrong."""
    rows = centres.visible_centres(request.user).filter(code=code.replace("\0", ""))
    found = centres.lines(rows, day=timezone.localdate())
    if not found:
        raise Http404
    required = ServiceRequirement.objects.filter(service__centres__code=code)
    context = {
        "line": found[0],
        "required": required.select_related("service", "scheme"),
        "title": _("Readiness of %(centre)s") % {"centre": found[0].centre.name},
    }
    return render(request, "certification/readiness_of.html", context)


def _readiness(request):
    if not rules.may_see_readiness(request.user):
        raise PermissionDenied(
            _("Readiness is for the parent agency, the bank, dzongkhag officers and operators.")
        )
    form = ReadinessForm(request.GET or None)
    data = form.cleaned_data if form.is_valid() else {}
    rows = centres.visible_centres(request.user)
    if data.get("dzongkhag"):
        rows = rows.filter(gewog__dzongkhag=data["dzongkhag"])
    service = data["service"].slug if data.get("service") else ""
    return centres.lines(rows, day=timezone.localdate(), service=service), form


def _in_state(found, wanted):
    return [line for line in found if not wanted or line.state == wanted]


def _count(found, state) -> int:
    return len(_in_state(found, state))


def _sentence(reason) -> str:
    parts = (reason.service, reason.text, str(reason.on) if reason.on else "")
    return ": ".join(part for part in parts if part)


# --- Parts --------------------------------------------------------------------------------


def _day(text: str):
    try:
        return parse_date(text)
    except ValueError:
        return None


def _open_to_all(response):
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _status(form) -> int:
    return 422 if form.is_bound and form.errors else 200


def _credential(request, serial: str) -> Credential:
    if "\0" in serial:
        raise Http404
    return get_object_or_404(
        Credential.objects.visible_to(request.user).with_state(), serial=serial
    )


def _kinds_for(credential: Credential) -> list[Kind]:
    """What can be proposed now."""
    kinds = [
        kind
        for kind, action in services.ACTIONS.items()
        if (credential.standing, action) in states.STATUS_MOVES
    ]
    return kinds if credential.is_withheld else [*kinds, Kind.WITHHOLD]


def _certificate_page(request, credential, form=None, status=200):
    keeps = may_keep_certificates(request.user)
    kinds = _kinds_for(credential) if keeps else []
    context = {
        "credential": credential,
        "form": form or (ChangeForm(kinds=kinds) if kinds else None),
        "waiting": credential.proposals.waiting().select_related("proposed_by") if keeps else (),
        "title": credential.title,
    }
    return render(request, "certification/certificate.html", context, status=status)
