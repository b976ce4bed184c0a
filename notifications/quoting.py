"""What of a mail its writer wrote: quoted text, forwarded chains and signatures are cut off.

Pure functions over text. They know the forms of Outlook, Gmail, Thunderbird, Apple Mail, Yahoo
and the phones, in English and Dzongkha. What nobody knows stays: too much rather than too little.
"""

import re
from itertools import islice

MARKER = "—— Write above this line ——"
_MARKER = re.compile(r"^[\s*]*[—–-]{2,}\s*Write above this line\s*[—–-]{2,}", re.IGNORECASE)

# Everything from such a line on is somebody else's.
_DIVIDERS = re.compile(
    r"""^\s*(?:
        -{2,}\s*(?:original\s+message|forwarded\s+(?:message|by)|reply\s+message)\b.*-{2,}.*
      | _{20,}
      | begin\ forwarded\ message:
      | -{3,}\s*(?:སྔོན་གྱི་ཡིག་འཕྲིན|བསྐུར་བའི་ཡིག་འཕྲིན)[་།]?\s*-{3,}
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
# "On Mon, 2 Nov 2026 at 10:00, Pema <p@example.org> wrote:", also broken over lines.
_ATTRIBUTION = re.compile(
    r"""^\s*(?:
        (?:on|le|am|el)\b.{6,300}\b(?:wrote|a\ écrit|schrieb|escribió)\s*:
      | .{0,300}<[^<>\s]+@[^<>\s]+>.{0,40}(?:wrote|schrieb|a\ écrit)\s*:
      | .{4,300}(?:གིས|གྱིས|ཀྱིས)[་\s]*(?:བྲིས་མི|བྲིས་ཡོདཔ|འབྲི་ཡོདཔ)[་།]?\s*[:།]
    )\s*$""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_ATTRIBUTION_LINES = 4
FAR = 200  # lines that are looked at after an attribution
_HEADER = re.compile(
    r"^\s*\*?(from|sent|date|to|cc|subject|reply-to|"
    r"གཏང་མི|བཏང་མི|ཚེས་གྲངས|ལུ|དོན་ཚན)\s*:\*?\s?",
    re.IGNORECASE,
)
_FIRST_HEADER = re.compile(r"^\s*\*?(from|གཏང་མི|བཏང་མི)\s*:\*?\s", re.IGNORECASE)
_SIGNATURES = re.compile(
    r"""^\s*(?:
        --\s?
      | sent\ from\ (?:my|mail|outlook|yahoo|samsung|gmail|the|a)\b.{0,80}
      | sent\ with\ (?:proton|k-9|fairemail)\b.{0,80}
      | sent\ via\ .{0,60}
      | get\ outlook\ for\ .{0,60}
      | get\ bluemail\ for\ .{0,60}
      | .{0,40}(?:iphone|android|འགྲུལ་འཕྲིན|ཨེན་ཌོ་རོཌ)[་\s]*(?:ལས|ནང་ལས)
          [་\s]*(?:བཏངམ|བཏང་ཡི|བཏང་ཡོདཔ)[་།ཨིན\s]*
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_QUOTE = re.compile(r"^\s{0,3}>")


def own_words(text: str) -> str:
    """The part of a mail's plain text that its writer wrote; empty where there is none."""
    lines = _plain_lines(text)
    lines = lines[: _end_of_own(lines)]
    lines = _without_quotes_at_the_end(lines)
    lines = lines[: _start_of_signature(lines)]
    lines = _without_quotes_at_the_end(lines)
    lines = _without_quotes_at_the_beginning(lines)
    return "\n".join(lines).strip()


def _plain_lines(text: str) -> list[str]:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    return [line.rstrip() for line in text.split("\n")]


def _end_of_own(lines: list[str]) -> int:
    """The first line of a chain: our marker, a divider, or a block of headers as Outlook's."""
    for number, line in enumerate(lines):
        if _MARKER.match(line):
            return _before_attribution(lines, number)
        if _DIVIDERS.match(line):
            return number
        if _FIRST_HEADER.match(line) and _headers_follow(lines, number):
            return number
        if (
            not _QUOTE.match(line)
            and _attribution_ends(lines, number)
            and _chain_follows(lines, number)
        ):
            return _before_attribution(lines, number + 1)
    return len(lines)


def _headers_follow(lines: list[str], number: int) -> bool:
    """Whether two more headers follow, one at once: a quoted head, no sentence."""
    near = [line for line in lines[number + 1 : number + 7] if line.strip()]
    heads = [bool(_HEADER.match(line)) for line in near]
    return heads[:1] == [True] and sum(heads) >= 2


def _attribution_ends(lines: list[str], number: int) -> bool:
    return bool(_attribution_length(lines, number))


def _attribution_length(lines: list[str], last: int) -> int:
    """How many lines the attribution that ends in line `last` has; 0 where none ends there."""
    if not lines[last].strip().endswith((":", "།")):
        return 0
    for length in range(1, _ATTRIBUTION_LINES + 1):
        first = last - length + 1
        if first < 0 or not lines[first].strip():
            return 0
        if _ATTRIBUTION.match(" ".join(line.strip() for line in lines[first : last + 1])):
            return length
    return 0


def _chain_follows(lines: list[str], number: int) -> bool:
    """Whether nothing of the writer's comes after the attribution: what follows is one quote,
    or text that is not marked as quoted at all, as phones leave it."""
    rest = [line for line in lines[number + 1 : number + 1 + FAR] if line.strip()]
    quoted = [bool(_QUOTE.match(line)) for line in rest]
    return not any(quoted) or not rest


def _before_attribution(lines: list[str], number: int) -> int:
    """`number`, or the line where the attribution right before it begins."""
    last = number - 1
    while last >= 0 and (not lines[last].strip() or lines[last].strip() in (">", ">>")):
        last -= 1
    if last < 0:
        return number
    length = _attribution_length(lines, last)
    return last - length + 1 if length else number


def _without_quotes_at_the_end(lines: list[str]) -> list[str]:
    """A quote at the end goes, with its attribution; text below a quote keeps the quote."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or _QUOTE.match(lines[end - 1])):
        end -= 1
    if not any(_QUOTE.match(line) for line in lines[end:]):
        return lines
    length = _attribution_length(lines, end - 1) if end else 0
    return lines[: end - length]


def _without_quotes_at_the_beginning(lines: list[str]) -> list[str]:
    """A whole quote above the answer goes; one that is answered piece by piece stays."""
    start = 0
    while start < len(lines) and not lines[start].strip():
        start += 1
    for last in range(start, min(start + _ATTRIBUTION_LINES, len(lines))):
        if _attribution_length(lines, last) == last - start + 1:
            start = last + 1
            break
    first = start
    while start < len(lines) and (not lines[start].strip() or _QUOTE.match(lines[start])):
        start += 1
    quoted = any(_QUOTE.match(line) for line in lines[first:start])
    if not quoted or any(_QUOTE.match(line) for line in lines[start:]):
        return lines
    return lines[start:]


def _start_of_signature(lines: list[str]) -> int:
    """Where the signature begins. One of a phone only at the end of a mail; "-- " anywhere."""
    for number, line in enumerate(lines):
        if line in ("--", "-- ") or (_SIGNATURES.match(line) and _little_follows(lines, number)):
            return number
    return len(lines)


def _little_follows(lines: list[str], number: int) -> bool:
    """At most two lines: an advertisement or a disclaimer, not the mail itself."""
    following = (line for line in islice(lines, number + 1, None) if line.strip())
    return len(list(islice(following, 3))) <= 2
