"""The resumable upload protocol tus 1.0.0, in words of HTTP: docs/decisions/0011.

Core, creation, expiration and termination of https://tus.io/protocols/resumable-upload; what an
upload is, and what may arrive, is in events/uploads.py.
"""

import base64
import binascii
from collections.abc import Callable
from functools import wraps
from threading import BoundedSemaphore

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from django.utils.translation import gettext as _

from events import uploads
from events.bringing import Bringer
from events.forms import UploadForm
from events.models import Talk, Upload
from events.slides import RefusedError
from forums.services import CidReuseError

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,termination"
OCTETS = "application/offset+octet-stream"
AT_ONCE = BoundedSemaphore(4)  # slow lines must not hold every thread that answers pages
STATUS_OF = (
    (uploads.TooLargeError, 413),
    (uploads.BusyError, 429),
    (uploads.FullError, 507),
    (RefusedError, 415),
    (uploads.OffsetError, 409),
    (CidReuseError, 409),
    (PermissionDenied, 403),
)


class BadRequestError(Exception):
    """What the request says cannot be meant."""


def speaks_tus(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answers in the protocol's words, and says its version with every answer."""

    @wraps(view)
    def spoken(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(status=204)
            response["Tus-Version"], response["Tus-Extension"] = VERSION, EXTENSIONS
        elif request.headers.get("Tus-Resumable") != VERSION:
            response = _said(412, _("This address speaks tus 1.0.0."))
            response["Tus-Version"] = VERSION
        else:
            response = _answer(view, request, args, kwargs)
        response["Tus-Resumable"] = VERSION
        response["Cache-Control"] = "no-store"
        return response

    return spoken


def _answer(view, request, args, kwargs) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except BadRequestError as error:
        return _said(400, str(error))
    except tuple(kind for kind, _status in STATUS_OF) as error:
        status = next(status for kind, status in STATUS_OF if isinstance(error, kind))
        return _said(status, str(error))


def _said(status: int, text: str) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


def method_of(request: HttpRequest) -> str:
    """The method that is meant: some proxies let only GET and POST through."""
    meant = request.headers.get("X-HTTP-Method-Override", "").upper()
    if request.method == "POST" and meant in ("PATCH", "DELETE"):
        return meant
    return request.method or ""


def create(
    request: HttpRequest, talk: Talk, bringer: Bringer, address: Callable[[Upload], str]
) -> HttpResponse:
    """POST: a new upload, at the address that Location names."""
    said = _metadata(request)
    form = UploadForm(said)
    if not form.is_valid():
        raise BadRequestError(form.errors.as_text())
    upload = uploads.begin(
        talk, bringer=bringer, size=_number(request, "Upload-Length"), **form.cleaned_data
    )
    response = HttpResponse(status=201)
    response["Location"] = address(upload)
    return _with_place(response, upload)


def head(upload: Upload) -> HttpResponse:
    """HEAD: where to go on."""
    response = HttpResponse(status=200)
    response["Upload-Length"] = upload.size
    return _with_place(response, upload)


def patch(request: HttpRequest, upload: Upload) -> HttpResponse:
    """PATCH: a piece of the file. What arrives before a line is cut counts."""
    if request.content_type != OCTETS:
        return _said(415, _("A piece of a file is sent as %(type)s.") % {"type": OCTETS})
    at = _number(request, "Upload-Offset")
    if not AT_ONCE.acquire(blocking=False):
        response = _said(503, _("Many files arrive just now. Go on in a moment."))
        response["Retry-After"] = "5"
        return response
    try:
        upload = uploads.receive(upload, at=at, body=request)
    finally:
        AT_ONCE.release()
    return _with_place(HttpResponse(status=204), upload)


def delete(upload: Upload) -> HttpResponse:
    """DELETE: the upload is not wanted any more."""
    uploads.give_up(upload)
    return HttpResponse(status=204)


def _with_place(response: HttpResponse, upload: Upload) -> HttpResponse:
    response["Upload-Offset"] = upload.offset
    if upload.state == Upload.State.ARRIVING:
        response["Upload-Expires"] = http_date(upload.expires.timestamp())
    return response


def _number(request: HttpRequest, name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadRequestError(_("%(name)s must be a number of bytes.") % {"name": name})
    return int(text)


def _metadata(request: HttpRequest) -> dict[str, str]:
    """The pairs of Upload-Metadata; `filename` is the name of the file."""
    pairs = {}
    for pair in filter(None, request.headers.get("Upload-Metadata", "").split(",")):
        key, _space, value = pair.strip().partition(" ")
        try:
            pairs[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise BadRequestError(_("Upload-Metadata cannot be read.")) from error
    return pairs
