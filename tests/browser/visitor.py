"""A visitor: a browser of one person, who watches every page that is passed.

Faults are collected and told at the end of a test: errors of a page or its console (a broken
content policy stands there too), requests that fail or leave the house, pages that scroll
sideways, and, with scripts, whatever axe finds at both widths, light and dark, once for every
kind of page.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Locator, Page

from tests.live.server import Server

PASSWORD = "commons-demo"
SIZES = {"wide": (1280, 800), "narrow": (360, 740)}
CONTRAST = ["color-contrast", "link-in-text-block"]
EVERYTHING = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
ONLY_CONTRAST = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": CONTRAST}}
RUN = "options => axe.run(document, options).then(found => found.violations)"


def tab_to(page, target):
    """Press Tab until `target` has the focus, as somebody without a mouse does."""
    for _press in range(80):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("The keyboard does not get there.")


class Visitor:
    seen: set[str] = set()  # kinds of page that axe has looked at in this run

    def __init__(self, browser: Browser, site: Server, *, scripts: bool, cookies=()):
        self.site, self.scripts = site, scripts
        self.size = SIZES["wide" if scripts else "narrow"]
        self.faults: list[str] = []
        self.expected: set[int] = set()  # statuses that a test provokes
        self.context = browser.new_context(
            base_url=site.base, java_script_enabled=scripts, viewport=_viewport(self.size)
        )
        self.context.set_default_timeout(10_000)
        self.context.add_cookies(list(cookies))
        self.page = self._watched(self.context.new_page())

    def _watched(self, page: Page) -> Page:
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._console(page, message))
        page.on("request", self._request)
        page.on("requestfailed", self._failed)
        page.on("response", self._response)
        return page

    def _console(self, page, message) -> None:
        provoked = any(f"status of {status}" in message.text for status in self.expected)
        if message.type in ("error", "warning") and not provoked:
            self.faults.append(f"{page.url}: console: {message.text}")

    def _request(self, request) -> None:
        if not request.url.startswith((f"{self.site.base}/", "data:", "blob:")):
            self.faults.append(f"another origin: {request.url}")

    def _failed(self, request) -> None:
        # A download is a navigation that Chromium gives up in favour of a file.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"failed: {request.url}: {request.failure}")

    def _response(self, response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.faults.append(f"{response.status}: {response.url}")

    # --- What a person does ---------------------------------------------------------------

    def open(self, path: str) -> None:
        self.page.goto(path)
        self.look()

    def follow(self, name: str | re.Pattern, *, inside: str = "main", exact: bool = False) -> None:
        link = self.page.locator(inside).get_by_role("link", name=name, exact=exact).first
        self.lead_on(link)

    def press(self, name: str | re.Pattern, *, inside: str = "main", exact: bool = True) -> None:
        """A button that leads to another page."""
        self.lead_on(self.page.locator(inside).get_by_role("button", name=name, exact=exact).first)

    def lead_on(self, control: Locator) -> None:
        with self.page.expect_navigation(wait_until="load"):
            control.click()
        self.look()

    def fill(self, label: str | re.Pattern, text: str) -> None:
        self.page.locator("main").get_by_label(label).first.fill(text)

    def sign_in(self, employee_id: str) -> None:
        self.open("/accounts/login/")
        self.fill("Employee ID or e-mail", employee_id)
        self.fill("Password", PASSWORD)
        self.press("Sign in")
        assert urlsplit(self.page.url).path == "/me/", self.page.locator("main").inner_text()

    def download(self, name: str) -> Path:
        with self.page.expect_download() as waiting:
            self.page.locator("main").get_by_role("link", name=name).first.click()
        return waiting.value.path()

    # --- What is looked at ----------------------------------------------------------------

    def look(self) -> None:
        """Look at the page that stands there now."""
        width = self.page.evaluate("document.documentElement.scrollWidth")
        if width > self.size[0]:
            self.faults.append(f"{self.page.url}: {width} px wide at {self.size[0]} px")
        if self.scripts and (kind := kind_of(self.page)) not in self.seen:
            self.seen.add(kind)
            self.look_closely()

    def look_closely(self) -> None:
        self.page.evaluate(Axe().axe_script)
        for name, size in SIZES.items():
            self.page.set_viewport_size(_viewport(size))
            if self.page.evaluate("document.documentElement.scrollWidth") > size[0]:
                self.faults.append(f"{self.page.url}: scrolls sideways ({name})")
            for scheme, options in (("light", EVERYTHING), ("dark", ONLY_CONTRAST)):
                self.page.emulate_media(color_scheme=scheme)
                for found in self.page.evaluate(RUN, options):
                    where = [node["html"][:160] for node in found["nodes"][:3]]
                    self.faults.append(f"{self.page.url} {name} {scheme}: {found['id']} {where}")
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(_viewport(self.size))

    def close(self) -> None:
        self.context.close()


def kind_of(page: Page) -> str:
    """The kind of page: the name of its address; of an editor's page, where it stands."""
    path = urlsplit(page.url).path
    try:
        name = resolve(path).view_name
    except Resolver404:
        name = "none"
    if name == "wagtail_serve":
        parts = path.strip("/").split("/")
        name = f"{parts[0]} {len(parts)}"
    return name


def _viewport(size: tuple[int, int]) -> dict:
    return {"width": size[0], "height": size[1]}


# --- By keyboard alone ------------------------------------------------------------------------


def press(visitor: Visitor, control: Locator, key: str = "Enter") -> None:
    """A link or button that leads to another page."""
    tab_to(visitor.page, control)
    with visitor.page.expect_navigation(wait_until="load"):
        visitor.page.keyboard.press(key)
    visitor.look()


def write(visitor: Visitor, label: str, text: str) -> None:
    tab_to(visitor.page, visitor.page.locator("main").get_by_label(label, exact=True))
    visitor.page.keyboard.type(text)
