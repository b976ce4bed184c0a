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


@register.filter
def clock(second: int) -> str:
    """A moment of a recording: 1:05, or 1:02:05 after the first hour."""
    minutes, seconds = divmod(second, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
