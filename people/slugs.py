"""Names for addresses."""

from collections.abc import Container

from django.utils.text import slugify


def free_slug(text: str, otherwise: str, taken: Container[str], *, longest: int) -> str:
    """A slug of `text`, or of nothing `otherwise`, that is not `taken`; numbered where it is.

    At most `longest` letters, before the number.
    """
    stem = slugify(text)[:longest].strip("-") or otherwise
    slug, number = stem, 2
    while slug in taken:
        slug, number = f"{stem}-{number}", number + 1
    return slug
