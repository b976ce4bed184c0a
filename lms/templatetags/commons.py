"""Template words of the whole site, loaded everywhere (settings: builtins)."""

from datetime import date, datetime

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()


@register.simple_tag
def when(moment):
    """A moment or day as a <time>: the day, and how far away it is in words."""
    if not moment:
        return ""
    if isinstance(moment, datetime):
        local = timezone.localtime(moment)
        return format_html(
            '<time datetime="{}" title="{}">{} ({})</time>',
            local.isoformat(timespec="seconds"),
            date_format(local, "j F Y, H:i"),
            date_format(local, "j M Y"),
            naturaltime(moment),
        )
    return format_html(
        '<time datetime="{}">{} ({})</time>',
        moment.isoformat(),
        date_format(moment, "j M Y"),
        days_away(moment),
    )


def days_away(day: date) -> str:
    """How far `day` is from today, in words."""
    days = (day - timezone.localdate()).days
    if days == 0:
        return _("today")
    if days > 0:
        if days >= 60:
            return _("in %(months)d months") % {"months": round(days / 30.44)}
        return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}
    days = -days
    if days >= 730:
        return _("%(years)d years ago") % {"years": round(days / 365.25)}
    if days >= 60:
        return _("%(months)d months ago") % {"months": round(days / 30.44)}
    return ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days}


@register.simple_tag(takes_context=True)
def page_url(context, number):
    """The address of page `number` of the list on this page, other parameters kept."""
    query = context["request"].GET.copy()
    query["page"] = number
    return f"?{query.urlencode()}"


@register.filter
def has_dzongkha(text) -> bool:
    """Whether a text holds letters of the Tibetan block, and so needs the Dzongkha font."""
    return any("\u0f00" <= letter <= "\u0fff" for letter in str(text or ""))


@register.simple_tag(takes_context=True)
def nav_link(context, name, label):
    """One item of the main navigation; the section that the page belongs to is marked."""
    url = reverse(name)
    here = context["request"].path.startswith(url)
    current = mark_safe(' aria-current="true"') if here else ""
    return format_html('<li><a href="{}"{}>{}</a></li>', url, current, label)
