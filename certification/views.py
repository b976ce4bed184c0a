from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from certification import keys, queries, services
from certification.export import KINDS, exported
from certification.forms import CheckForm, RevokeForm
from certification.models import Credential, Scheme
from certification.rules import may_keep_certificates

PAGE_SIZE = 30


@login_required
@require_GET
def mine(request):
    own = Credential.objects.filter(holder=request.user).with_state()
    context = {
        "rows": Paginator(own, PAGE_SIZE).get_page(request.GET.get("page")),
        "lapsing": queries.lapsing_for(request.user),
        "schemes": Scheme.objects.select_related("course"),
        "title": _("My certificates"),
    }
    return render(request, "certification/mine.html", context)


@login_required
@require_GET
def certificate(request, serial):
    return _certificate_page(request, _credential(request, serial), RevokeForm())


@login_required
@require_POST
def revoke(request, serial):
    credential = _credential(request, serial)
    if not may_keep_certificates(request.user):
        raise PermissionDenied(_("Only registrars and administrators take certificates back."))
    form = RevokeForm(request.POST)
    if not form.is_valid():
        return _certificate_page(request, credential, form, status=422)
    services.revoke(credential, by=request.user, reason=form.cleaned_data["reason"])
    messages.success(request, _("The certificate is revoked. Its check page says so from now on."))
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
        "genuine": queries.is_genuine(credential),
        "title": _("Check of certificate %(serial)s") % {"serial": credential.serial},
    }
    return render(request, "certification/check.html", context)


@require_GET
def jwks(request):
    """The public keys, for anybody who checks a certificate without this site."""
    response = JsonResponse({"keys": list(keys.public_keys().values())})
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


def _certificate_page(request, credential, form, status=200):
    context = {
        "credential": credential,
        "form": form,
        "may_revoke": may_keep_certificates(request.user) and not credential.revoked,
        "title": credential.title,
    }
    return render(request, "certification/certificate.html", context, status=status)
