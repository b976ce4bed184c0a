"""The forms of a page as a browser would send them, and with what nobody should send."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes, urljoin

import html5lib
from django.db import connection

TYPED = ("text", "search", "email", "password", "tel", "url", "number", "date", "datetime-local")
LONG = "A long answer. " * 6_700  # some 100,000 characters
# What is sent in place of a value.
GONE = {"nothing": None, "empty": ""}
UNREADABLE = {"nul": "a\x00b", "half a letter": "a\ud800b"}
LARGE = {"huge number": "9" * 40, "long": LONG}
REFUSED = UNREADABLE | {"huge number": LARGE["huge number"], "first day": "0001-01-01T00:00"}
ODD = {
    "object that is not there": "999999999",
    "other object": "1",
    "negative": "-1",
    "fraction": "0.5",
    "no number": "NaN",
    "word": "word",
    "markup": "<script>fuzz</script><img src=x onerror=fuzz>",
    "template": "{{ 7|add:7 }}{% now 'Y' %}",
    "right to left": "\u202egnp.exe \u200f\u2066abc",
    "dzongkha": "ཞིབ་འཚོལ་འབད། 😀 e\u0301",
    "line ends": "a\r\nb\rc\u2028d",
    "first day": "0001-01-01T00:00",
    "day that is none": "2026-02-30",
    "year that is none": "99999-01-01",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "list": "['a']",
}


@dataclass
class Form:
    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)  # text that a person types: never to be lost
    files: set[str] = field(default_factory=set)
    series: dict[tuple, list[str]] = field(default_factory=dict)  # of selects that are alike

    def body(self, **changed: str | None) -> bytes:
        """As application/x-www-form-urlencoded; None leaves a field out."""
        values = self.values | {
            name: [] if value is None else [value] for name, value in changed.items()
        }
        pairs = ((name, each) for name, all_of in values.items() for each in all_of)
        return "&".join(
            f"{quoted_part(name)}={quoted_part(value)}" for name, value in pairs
        ).encode()

    def attempts(self) -> Iterator[tuple[str, str, str | None]]:
        """(field, what is wrong, value): the same ones in every run.

        On PostgreSQL what a database may refuse; the other ways ran on SQLite.
        """
        again = connection.vendor == "postgresql"
        # A row for each of many people: one select repeated, of which the first two are tried.
        repeated = {name for names in self.series.values() for name in sorted(names)[2:]}
        for name in sorted(self.values.keys() - repeated - {"csrfmiddlewaretoken"}):
            start = int(hashlib.sha256(f"{self.action} {name}".encode()).hexdigest(), 16)
            if again:
                wrongs = in_turn(REFUSED, start, 1)
            else:
                large = list(LARGE.items())[name in self.typed]
                wrongs = [*in_turn(UNREADABLE, start, 1), large, *GONE.items()]
                wrongs += in_turn(ODD, start, 2)
            for wrong, value in wrongs:
                yield name, wrong, value


def in_turn(wrongs: dict[str, str], start: int, count: int) -> list[tuple[str, str]]:
    """So many of `wrongs`, far from each other: fields that begin elsewhere get other ones."""
    pairs = list(wrongs.items())
    return [pairs[(start + step * 5) % len(pairs)] for step in range(count)]


def quoted_part(text: str) -> str:
    """A text for an address or a body, half letters as they are."""
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")


def forms_of(content: bytes, address: str) -> list[Form]:
    """The forms of the page's main part; the frame around it has its own test."""
    tree = html5lib.HTMLParser(namespaceHTMLElements=False).parse(content.decode())
    return [_form(node, address) for main in tree.iter("main") for node in main.iter("form")]


def _form(node, address: str) -> Form:
    form = Form(urljoin(address, node.get("action") or ""), (node.get("method") or "get").lower())
    for control in node.iter():
        if isinstance(control.tag, str) and control.get("name"):
            _take(control, form)
    return form


def _take(control, form: Form) -> None:
    name, kind = control.get("name"), (control.get("type") or "text").lower()
    values = form.values.setdefault(name, [])
    if control.tag == "textarea":
        form.typed.add(name)
        values.append("".join(control.itertext()) or "A text that is long enough to be taken.")
    elif control.tag == "select":
        options = list(control.iter("option"))
        offered = tuple(each.get("value") for each in options)
        form.series.setdefault((re.sub(r"\d+", "#", name), offered), []).append(name)
        chosen = [each for each in options if each.get("selected") is not None] or options[-1:]
        values.extend(each.get("value") or "" for each in chosen)
    elif control.tag == "input" and kind == "file":
        form.files.add(name)
    elif control.tag == "input" and kind in ("checkbox", "radio"):
        if control.get("checked") is not None or (kind == "radio" and not values):
            values[:] = [control.get("value") or "on"]
    elif control.tag == "button" or kind in ("submit", "hidden"):
        if not values:
            values.append(control.get("value") or "")
    elif control.tag == "input" and kind in TYPED:
        number = kind in ("number", "date", "datetime-local") or control.get("inputmode")
        if kind != "password" and not number:
            form.typed.add(name)
        values.append(control.get("value") or "A short text")
