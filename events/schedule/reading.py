"""Opens a `schedule.xml`, whatever somebody sends: no entity, no document type, no network."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from lxml import etree

LARGEST = 20 << 20  # bytes
MOST_EVENTS = 5000


class UnreadableError(ValueError):
    """The file is no schedule; the message says why, for the person who brought it."""


def read_root(data: bytes) -> etree._Element:
    """The root of a schedule. UnreadableError for everything else."""
    if len(data) > LARGEST:
        raise UnreadableError(_("The file is larger than 20 MB."))
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableError(
            _("The file is no XML that can be read: %(reason)s.") % {"reason": error.msg}
        ) from None
    if root.getroottree().docinfo.doctype:
        raise UnreadableError(_("A schedule has no document type; this file declares one."))
    if root.tag != "schedule":
        raise UnreadableError(
            _("The file is no schedule: it begins with <%(tag)s>.") % {"tag": str(root.tag)[:60]}
        )
    if len(root.findall("day/room/event")) > MOST_EVENTS:
        raise UnreadableError(
            _("The schedule has more than %(most)d events.") % {"most": MOST_EVENTS}
        )
    return root


def text_of(element: etree._Element | None) -> str:
    """The text of an element without the spaces around it; empty where there is none."""
    return (element.text or "").strip() if element is not None else ""


def marks_of(element: etree._Element, names: Iterable[str]) -> dict[str, str]:
    """The attributes of these names that say something."""
    found = {name: (element.get(name) or "").strip() for name in names}
    return {name: value for name, value in found.items() if value}
