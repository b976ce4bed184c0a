from django import template

from people.markup import highlight_code

register = template.Library()


@register.simple_tag
def highlighted(code, language):
    """Code with its parts marked on the server; classes only, so that CSP holds."""
    return highlight_code(code, language)


@register.simple_tag
def from_second(media_places, document):
    """The fragment that makes a recording go on where this learner stopped; nothing at first."""
    second = (media_places or {}).get(document)
    return f"#t={second}" if second else ""
