from django import template

from people.markup import highlight_code

register = template.Library()


@register.simple_tag
def highlighted(code, language):
    """Code with its parts marked on the server; classes only, so that CSP holds."""
    return highlight_code(code, language)
