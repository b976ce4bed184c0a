"""Takes out of a text what says who and where: pure, and rather too much than too little.

The same thing gets the same placeholder throughout one `Redactor`, so that a reader can still
follow which host spoke to which. People look at the result before anybody else does.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from functools import partial

SHORTEST_NAME = 3  # letters; shorter parts of a name are words of their own

_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s<>\"')\]]+", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)*")
_MAC = re.compile(r"(?<![\w:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![\w:-])", re.IGNORECASE)
_IPV6 = re.compile(r"(?<![\w:.])[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*(?:/\d{1,3})?", re.IGNORECASE)
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?![\w]|\.\d)")
# +975 and anything else with a plus; mobiles begin with 16, 17 or 77, lines with 0 and an area.
_PHONE = re.compile(
    r"(?<![\w.])(?:\+\d[\d ()-]{6,}\d|(?:00)?975[ -]?\d(?:[ -]?\d){6,7}"
    r"|(?:16|17|77)(?:[ -]?\d){6}|0\d(?:[ -]?\d){6})(?!\w)"
)
_HOST = re.compile(
    r"\b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+"
    r"(?:bt|com|org|net|edu|gov|int|io|info|local|lan|internal|intra|home|corp|test)\b"
    # A word with hyphens and a digit, as machines are called: sw-core-2, db01-thimphu.
    r"|\b(?=[a-z0-9-]*\d)[a-z][a-z0-9]*(?:-[a-z0-9]+)+\b",
    re.IGNORECASE,
)


class Redactor:
    """Gives texts back without names, addresses, phone numbers and hosts.

    `names` are taken out whole; of `concerned`, the people of the matter, each part as well.
    """

    def __init__(self, *, names: Iterable[str] = (), concerned: Iterable[str] = ()):
        people = list(concerned)
        parts = (part for name in people for part in name.split() if len(part) >= SHORTEST_NAME)
        wanted = {name.strip() for name in (*names, *people, *parts)} - {""}
        longest_first = sorted(wanted, key=lambda name: (-len(name), name))
        self._names = re.compile(
            rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b" if wanted else r"(?!)"
        )
        self._known: dict[tuple[str, str], str] = {}

    def __call__(self, text: str) -> str:
        steps: list[tuple[re.Pattern[str], str, Callable[[str], bool]]] = [
            (_ADDRESS, "address", _always),
            (_MAIL, "mail", _always),
            (_MAC, "device", _always),
            (_IPV6, "IP", _is_ipv6),
            (_IPV4, "IP", _always),
            (_PHONE, "phone", _always),
            (_HOST, "host", _always),
            (self._names, "name", _always),
        ]
        for pattern, kind, means in steps:
            text = pattern.sub(partial(self._instead, kind, means), text)
        return text

    def _instead(self, kind: str, means: Callable[[str], bool], match: re.Match[str]) -> str:
        found = match[0]
        if not means(found):
            return found
        number = sum(1 for known, _text in self._known if known == kind) + 1
        return self._known.setdefault((kind, found.lower()), f"[{kind} {number}]")


def _always(_found: str) -> bool:
    return True


def _is_ipv6(found: str) -> bool:
    """Times of day and "::" in code have colons too."""
    try:
        ipaddress.IPv6Interface(found)
    except ValueError:
        return False
    return len(found) > 2
