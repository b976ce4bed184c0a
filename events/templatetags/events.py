from django import template

register = template.Library()


@register.simple_tag
def slide_alt(page, total):
    return page.alt_text(total)


@register.filter
def at(names: dict, key: str) -> str:
    """The word that a dictionary of words has for `key`."""
    return names[key]


@register.filter
def moment(text: str, field: str) -> str:
    """A value of a release as people read it: hours without their T and zone."""
    return text[:16].replace("T", " ") if field == "starts" else text or "–"
