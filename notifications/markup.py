"""The text of a mail that came as HTML only, without what its program says was quoted."""

import re
from html.parser import HTMLParser

BREAKS = {"br", "tr", "hr"}
BLOCKS = {"p", "div", "li", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "pre"}
VOID = {"br", "hr", "img", "meta", "link", "input", "col", "wbr", "area", "base", "embed", "source"}
SILENT = {"head", "style", "script", "title", "template"}
# How mail programs mark what they quote, and what they sign with.
QUOTED = re.compile(
    r"gmail_quote|gmail_attr|gmail_signature|moz-cite-prefix|moz-signature|yahoo_quoted|"
    r"divrplyfwdmsg|appendonsend|outlookmessageheader|mobile-signature|replyforwardmessage"
)
# Outlook marks only where the chain begins: all after it is the chain.
CHAIN = re.compile(r"divrplyfwdmsg|appendonsend|outlookmessageheader|replyforwardmessage")


def text_of_html(html: str) -> str:
    """Plain text with the line breaks that a reader would see."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    text = "".join(reader.pieces)
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.silent: list[str] = []  # open elements, from one on that is left out
        self.ended = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        marks = " ".join(value or "" for name, value in attrs if name in ("class", "id")).lower()
        if CHAIN.search(marks):
            self.ended = True
        if self.silent or tag in SILENT or QUOTED.search(marks) or _cites(tag, attrs):
            if tag not in VOID:
                self.silent.append(tag)
            return
        if tag in BREAKS or tag in BLOCKS:
            self._break(tag)
        if tag == "li":
            self.pieces.append("- ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.silent:
            while self.silent.pop() != tag:
                pass
        elif not self.silent and tag in BLOCKS:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if self.silent or self.ended:
            return
        words = re.sub(r"\s+", " ", data)
        if self.pieces and self.pieces[-1].endswith("\n"):
            words = words.lstrip()
        self.pieces.append(words)

    def _break(self, tag: str) -> None:
        """A new line; a block inside a block begins no second one."""
        if self.ended:
            return
        text = self.pieces[-1] if self.pieces else "\n"
        if tag == "br" or not text.endswith("\n"):
            self.pieces.append("\n")
        if tag == "p":
            self.pieces.append("\n")


def _cites(tag: str, attrs: list[tuple[str, str | None]]) -> bool:
    return tag == "blockquote" and ("type", "cite") in attrs
