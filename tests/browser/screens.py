"""Pictures of the main pages for docs/screens, at both widths: `make screens`."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import CAST, CHROMIUM
from tests.browser.visitor import SIZES, Visitor
from tests.live.server import ROOT, Server

FOLDER = ROOT / "docs" / "screens"
# Name of the picture -> who looks, the address, and the link to follow from there.
PAGES = {
    "home": (None, "/", None),
    "my-page": ("expert_net", "/me/", None),
    "competencies": ("professional", "/competencies/mine/", None),
    "course": ("operator", "/courses/running-a-community-centre/", None),
    "unit": ("operator", "/courses/running-a-community-centre/opening-and-closing/", None),
    "pool": ("professional", "/forum/pools/", "Networking"),
    "topic": ("professional", "/search/?q=DHCP+no+more+addresses", "DHCP hands out no more"),
    "request": ("leaver", "/desk/?tab=hand", ".list__title"),
    "live": ("host", "/live/", "Open hour"),
    "talk": ("professional", "/conferences/ict-conference-2025/", "Keeping two hundred"),
    "search": ("professional", "/search/?q=dhcp+addresses", None),
    "people": ("registrar", "/people/?q=Mongar", None),
}


def photograph(site: Server, browser, folder: Path, pages=None, scheme: str = "light") -> None:
    """One picture of each page at each width, the first screens of it."""
    for size in SIZES.values():
        cookies: dict[str, list] = {}
        for name, (role, address, link) in (pages or PAGES).items():
            visitor = Visitor(browser, site, scripts=False, cookies=cookies.get(role, ()))
            page = visitor.page
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.emulate_media(color_scheme=scheme)
            if role and role not in cookies:
                visitor.sign_in(CAST[role]["employee_id"])
                cookies[role] = visitor.context.cookies()
            page.goto(address)
            if link:
                main = page.locator("main")
                by_class = link.startswith(".")
                target = main.locator(link) if by_class else main.get_by_role("link", name=link)
                with page.expect_navigation(wait_until="load"):
                    target.first.click()
            high = min(page.evaluate("document.documentElement.scrollHeight"), 2 * size[1])
            page.set_viewport_size({"width": size[0], "height": max(high, size[1])})
            page.screenshot(path=folder / f"{name}-{size[0]}.png")
            visitor.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        site = Server(Path(home))
        sys.stderr.write("Loading the starter content …\n")
        site.manage("prepare")
        site.start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            photograph(site, browser, FOLDER)
        finally:
            browser.close()
            site.kill()


if __name__ == "__main__":
    main()
