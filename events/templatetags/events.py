from django import template

register = template.Library()


@register.simple_tag
def slide_alt(page, total):
    return page.alt_text(total)
