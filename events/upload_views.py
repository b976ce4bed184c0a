"""Files that come in pieces, with an account or by a private link (events/tus.py)."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from events import tus, uploads
from events.bringing import Bringer, link_of
from events.forms import HandInForm
from events.material_views import form_page, taken
from events.models import Talk, Upload, UploadLink

# --- With an account -------------------------------------------------------------------------


def _signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A program that uploads is told that the session ended, not led to a form."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method != "OPTIONS" and not request.user.is_authenticated:
            text = _("Sign in again in another tab; then go on here.")
            return HttpResponse(text, status=401, content_type="text/plain; charset=utf-8")
        return view(request, *args, **kwargs)

    return guarded


@require_http_methods(["POST", "OPTIONS"])
@tus.speaks_tus
@_signed_in
def begin(request, talk):
    rows = Talk.objects.visible_to(request.user).select_related("edition")
    return tus.create(
        request,
        get_object_or_404(rows, pk=talk),
        Bringer(by=request.user),
        lambda upload: reverse("events:tus_upload", args=[upload.pk]),
    )


def _is_page(request: HttpRequest) -> bool:
    return request.method in ("GET", "POST") and "Tus-Resumable" not in request.headers


@require_http_methods(["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"])
def upload(request, pk):
    return (_page if _is_page(request) else _piece)(request, pk)


@login_required
def _page(request, pk):
    upload = _upload_of(Bringer(by=request.user), pk)
    return _upload_page(request, upload, upload.talk.get_absolute_url())


@tus.speaks_tus
@_signed_in
def _piece(request, pk):
    return _of_upload(request, Bringer(by=request.user), pk)


# --- By a private link -----------------------------------------------------------------------


def _by_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hands the link of the address on. What nobody gave out is not found; an old one is told."""

    @csrf_exempt  # the address itself is the right, nothing that a browser adds by itself
    @wraps(view)
    def linked(request: HttpRequest, token: str, **kwargs) -> HttpResponse:
        link = link_of(token)
        if link is None:
            raise Http404
        if not link.is_valid:
            context = {"title": _("This link has ended"), "link": link}
            return render(request, "events/link_ended.html", context, status=410)
        return view(request, link, **kwargs)

    return linked


@_by_link
@require_http_methods(["GET", "HEAD", "POST"])
def hand_in(request, link: UploadLink):
    """The form for whoever holds the link; it asks for no account."""
    form = HandInForm(request.POST or None, request.FILES or None, initial={"title": link.talk})
    if kept := taken(request, form, link.talk, Bringer(link=link)):
        return render(request, "events/handed_in.html", _handed_in(link, kept))
    uploads = f"{link.get_absolute_url()}uploads/"
    return form_page(request, link.talk, form, uploads=uploads, link=link)


def _handed_in(link, material):
    return {"title": _("Handed in"), "link": link, "material": material}


@_by_link
@require_http_methods(["POST", "OPTIONS"])
@tus.speaks_tus
def begin_by_link(request, link: UploadLink):
    address = f"{link.get_absolute_url()}uploads/"
    return tus.create(
        request, link.talk, Bringer(link=link), lambda upload: f"{address}{upload.pk}/"
    )


@_by_link
@require_http_methods(["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"])
def upload_by_link(request, link: UploadLink, pk):
    if _is_page(request):
        return _upload_page(request, _upload_of(Bringer(link=link), pk), link.get_absolute_url())
    return tus.speaks_tus(_of_upload)(request, Bringer(link=link), pk)


# --- Both ------------------------------------------------------------------------------------


def _upload_of(bringer: Bringer, pk) -> Upload:
    rows = Upload.objects.filter(**bringer.fields).select_related("talk__edition", "material")
    return get_object_or_404(rows, pk=pk)


def _of_upload(request, bringer: Bringer, pk) -> HttpResponse:
    upload = _upload_of(bringer, pk)
    bringer.check(upload.talk)
    method = tus.method_of(request)
    if method == "HEAD":
        return tus.head(upload)
    if method == "PATCH":
        return tus.patch(request, upload)
    if method == "DELETE":
        return tus.delete(upload)
    return HttpResponse(status=405)


def _upload_page(request, upload: Upload, back: str):
    """How far a file is; taken back by its form."""
    if request.method == "POST":
        uploads.give_up(upload)
        return redirect(back)
    context = {"title": upload.name, "upload": upload, "talk": upload.talk, "back": back}
    return render(request, "events/arrival.html", context)
