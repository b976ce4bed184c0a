"""Files that only some may fetch, sent so that no browser runs them."""

from typing import Any

from django.core.files.base import File
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified

from people.inert import ENDINGS, TYPES

# A picture opened by its address is a page of its own: an SVG keeps its styles and runs nothing.
INERT = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def private_file(
    request: HttpRequest, file: File, *, etag: str, **headers: Any
) -> HttpResponse | FileResponse:
    """`file` for this browser only, kept a day and asked for again by its `etag`.

    The caller has asked whether the person may have it. `headers` go to Django's FileResponse.
    """
    etag = f'"{etag}"'
    response: HttpResponse | FileResponse
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        try:
            response = FileResponse(file.open("rb"), **headers)
        except FileNotFoundError as error:
            raise Http404 from error
        response["Content-Security-Policy"] = INERT
        response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=86400"
    response["Vary"] = "Cookie"
    return response


def kept_file(request: HttpRequest, row: Any, *, name: str) -> HttpResponse | FileResponse:
    """A file that people/inert.py wrote, as a file and never as a page.

    `row` has its `kind`, `file` and `sha256`; `name` is without an ending.
    """
    return private_file(
        request,
        row.file,
        etag=row.sha256[:24],
        content_type=TYPES[row.kind],
        as_attachment=True,
        filename=f"{name}.{ENDINGS[row.kind]}",
    )
