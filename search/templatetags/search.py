from django import template
from django.utils.html import escape
from django.utils.safestring import mark_safe

from search.engines.base import CLOSING, OPENING
from search.kinds import KINDS

register = template.Library()


@register.filter
def marked(snippet: str) -> str:
    """A snippet with its found words marked; everything else escaped."""
    text = escape(snippet)
    return mark_safe(text.replace(OPENING, "<mark>").replace(CLOSING, "</mark>"))  # noqa: S308


@register.filter
def kind_name(kind: str) -> str:
    return str(KINDS.get(kind, kind))
