"""What the crawl looks at: the addresses of the site, and what is wrong with a page."""

import gzip
from collections.abc import Iterator

import html5lib
from django.urls import URLPattern, get_resolver

CONTROLS = ("input", "select", "textarea")
WITHOUT_LABEL = ("hidden", "submit", "button", "reset", "image")


def addresses() -> Iterator[str]:
    """The name of every address of urls.py but the editor's own (Wagtail, at /admin/)."""
    yield from _names(get_resolver(), "")


def _names(resolver, namespace: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name and not pattern.name.startswith("wagtail"):
                yield namespace + pattern.name
            continue
        inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
        if not inner.startswith("wagtail") and str(pattern.pattern) != "admin/":
            yield from _names(pattern, inner)


def kilobytes(content: bytes) -> float:
    return len(gzip.compress(content)) / 1024


def faults_of(content: bytes) -> list[str]:
    """What is wrong with a page: HTML that a browser has to guess at, and what a screen
    reader stumbles over."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(content.decode())
    return [
        *(f"HTML: {code} at {place}" for place, code, _data in parser.errors),
        *_heading_faults(tree),
        *_label_faults(tree),
        *_id_faults(tree),
        *(f"image without alt: {image.get('src')}" for image in tree.iter("img")
          if image.get("alt") is None),
    ]  # fmt: skip


def _heading_faults(tree) -> list[str]:
    levels = [int(node.tag[1]) for node in tree.iter() if _tag(node) in HEADINGS]
    faults = [] if levels.count(1) == 1 else [f"{levels.count(1)} h1"]
    for before, after in zip(levels, levels[1:], strict=False):
        if after > before + 1:
            faults.append(f"h{after} follows h{before}")
    return faults


HEADINGS = {f"h{level}" for level in range(1, 7)}


def _tag(node) -> str:
    return node.tag if isinstance(node.tag, str) else ""


def _label_faults(tree) -> list[str]:
    named = {label.get("for") for label in tree.iter("label")}
    wrapped = {control for label in tree.iter("label") for control in label.iter()}
    return [
        f"no label: {control.tag} {control.get('name')}"
        for control in tree.iter()
        if _tag(control) in CONTROLS
        and control.get("type") not in WITHOUT_LABEL
        and control.get("id") not in named
        and control not in wrapped
        and not (control.get("aria-label") or control.get("aria-labelledby"))
    ]


def _id_faults(tree) -> list[str]:
    waiting = {node for template in tree.iter("template") for node in template.iter()}
    ids = [node.get("id") for node in tree.iter() if node.get("id") and node not in waiting]
    return [f"id twice: {name}" for name in sorted({name for name in ids if ids.count(name) > 1})]
