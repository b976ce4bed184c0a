"""What a rule is made of, and how it is said in words. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Leaf:
    kind: str
    key: str  # slug, competency or scheme code; months of a tenure
    percent: Decimal | None = None
    level: str = ""
    at_centre: bool = False

    @property
    def months(self) -> int:
        return int(self.key)

    @property
    def text(self) -> str:
        return describe(self)


@dataclass(frozen=True)
class Group:
    needed: int
    parts: tuple["Rule", ...]

    @property
    def text(self) -> str:
        if self.needed == len(self.parts):
            return _("all of these")
        if self.needed == 1:
            return _("one of these")
        return _("%(count)d of these") % {"count": self.needed}


Rule = Leaf | Group


def leaves(rule: Rule) -> Iterable[Leaf]:
    """Every leaf of a rule, in its order."""
    if isinstance(rule, Leaf):
        yield rule
        return
    for part in rule.parts:
        yield from leaves(part)


def cycle_in(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """A ring of schemes that need each other's certificate, or nothing: code -> codes it needs."""
    done: set[str] = set()

    def walk(code: str, path: list[str]) -> list[str]:
        if code in path:
            return [*path[path.index(code) :], code]
        if code in done:
            return []
        for needed in needs.get(code, ()):
            if ring := walk(needed, [*path, code]):
                return ring
        done.add(code)
        return []

    for code in needs:
        if ring := walk(code, []):
            return ring
    return []


def describe(leaf: Leaf) -> str:
    """What a leaf asks for, in a few words."""
    at = _(" at a centre") if leaf.at_centre else ""
    text = {
        "course": _("the course “%(key)s”"),
        "quiz": _("the quiz “%(key)s”"),
        "observation": _("%(key)s observed at work"),
        "standing": _("the competency %(key)s"),
        "tenure": _("%(key)s months in service%(at)s"),
        "certificate": _("the certificate “%(key)s”"),
    }[leaf.kind] % {"key": leaf.key, "at": at}
    if leaf.percent:
        text = _("%(text)s with %(percent)d %%") % {"text": text, "percent": leaf.percent}
    if leaf.level:
        text = _("%(text)s at the level %(level)s") % {"text": text, "level": leaf.level}
    return text
