"""Files that only some may fetch, sent so that no browser runs them."""

from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    StreamingHttpResponse,
)

from people import ranges
from people.inert import ENDINGS, TYPES

# A picture opened by its address is a page of its own: an SVG keeps its styles and runs nothing.
INERT = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def private_file(
    request: HttpRequest, file: File, *, etag: str, **headers: Any
) -> HttpResponse | StreamingHttpResponse:
    """`file` for this browser only, kept a day and asked for again by its `etag`.

    A part of it where the browser asks for one: players seek, downloads go on. The caller has
    asked whether the person may have it. `headers` go to Django's FileResponse.
    """
    etag = f'"{etag}"'
    response: HttpResponse | StreamingHttpResponse
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        try:
            opened = file.open("rb")
            response = FileResponse(opened, **headers)
        except FileNotFoundError as error:
            raise Http404 from error
        if request.headers.get("If-Range", etag) == etag:
            response = _part_of(response, opened, request.headers.get("Range", ""))
        response["Accept-Ranges"] = "bytes"
        response["Content-Security-Policy"] = INERT
        response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=86400"
    response["Vary"] = "Cookie"
    return response


def _part_of(
    whole: FileResponse, file: File, header: str
) -> HttpResponse | FileResponse | StreamingHttpResponse:
    try:
        part = ranges.asked(header, file.size)
    except ranges.UnsatisfiableError:
        whole.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.size}"})
    if part is None:
        return whole
    response = StreamingHttpResponse(ranges.read(file, part), status=206)
    for name in ("Content-Type", "Content-Disposition"):
        if name in whole:
            response[name] = whole[name]
    response["Content-Length"] = len(part)
    response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{file.size}"
    return response


def kept_file(request: HttpRequest, row: Any, *, name: str) -> HttpResponse | StreamingHttpResponse:
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


def drop(rows: QuerySet[Any]) -> None:
    """Delete rows that have a `file`, in the caller's transaction, and then their files.

    Only a file that no row names any more is gone: a row may come back, a file not.
    """
    files = [row.file for row in rows]
    rows.delete()

    def delete_files() -> None:
        for file in files:
            file.storage.delete(str(file))

    transaction.on_commit(delete_files)
