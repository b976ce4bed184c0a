"""Pictures and documents of units, as the editor keeps them."""

import hashlib

from django.core.files.base import ContentFile
from wagtail.documents.models import Document
from wagtail.images.models import Image


def keep_picture(content: bytes, *, name: str, title: str, description: str) -> Image:
    """The picture for the editor and for units; the same file under the same title is one.

    `name` is that of the file, `description` what the picture shows. The content must be a
    picture that the site can open.
    """
    title = title[:255]
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()  # as the editor's own
    known = Image.objects.filter(title=title, file_hash=digest).first()
    if known:
        return known
    return Image.objects.create(
        title=title,
        description=description[:255],
        file=ContentFile(content, name=name),
        file_hash=digest,
        file_size=len(content),
    )


def keep_document(content: bytes, *, name: str, title: str) -> Document:
    """The document for the editor and for units; the same file under the same title is one."""
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    known = Document.objects.filter(title=title[:255], file_hash=digest).first()
    if known:
        return known
    file = ContentFile(content, name=name)
    return Document.objects.create(
        title=title[:255], file=file, file_hash=digest, file_size=len(content)
    )
