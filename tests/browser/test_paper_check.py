"""A certificate's code checked in a browser whose network is off, from the page that it kept."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.live.server import running

pytestmark = pytest.mark.browser
SEED = """
import json
from datetime import timedelta
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.utils import timezone
from certification import badge
from tests.factories.certification import by_two, issued, scheme, two_keepers
keepers, made, today = two_keepers(), scheme(), timezone.localdate()
rows = {name: issued(of=made, keepers=keepers) for name in ("valid", "revoked", "suspended")}
rows["expired"] = issued(of=made, keepers=keepers, valid_from=today - timedelta(days=900))
by_two("revoke", keepers, credential=rows["revoked"])
by_two("suspend", keepers, credential=rows["suspended"])
codes = {name: row.paper_url.partition("#")[2] for name, row in rows.items()}
head, body, signature = codes["valid"].split(".")
other = json.loads(badge._unpack(body)) | {"name": "Somebody else"}
codes["forged"] = f"{head}.{badge._pack(other)}.{signature}"
print(json.dumps({"codes": codes, "name": rows["valid"].name, "jwt": rows["revoked"].jwt}))
"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    with running(tmp_path_factory.mktemp("server"), lambda server: server.told(SEED)) as both:
        yield both


def test_with_the_network_off_each_fate_is_told_apart(seeded, chromium):
    server, content = seeded
    address = f"{server.base}/check/paper/"
    with chromium.new_context(viewport={"width": 360, "height": 740}) as context:
        page = context.new_page()
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        assert Axe().run(page).violations_count == 0
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_function("caches.match('/check/paper/data.json').then(Boolean)")
        server.kill()
        context.set_offline(True)
        for verdict, code in content["codes"].items():
            page.goto("about:blank")
            page.goto(f"{address}#{code}")
            result = page.locator("[data-paper]")
            expect(result).to_have_attribute("data-result", verdict)
            if verdict != "forged":
                expect(page.locator("[data-fact=name]")).not_to_be_empty()
                expect(page.get_by_text("Revocations are known as of")).to_be_visible()
                expect(page.locator("[data-fact=asof]")).to_contain_text("20")
        page.get_by_label("Or paste the text").fill(content["jwt"])
        page.get_by_role("button", name="Check it").click()
        expect(result).to_have_attribute("data-result", "revoked")
        expect(page.get_by_text("connect and look again")).to_be_hidden()
        page.clock.install()
        page.clock.fast_forward(10 * 24 * 3600 * 1000)
        page.get_by_role("button", name="Check it").click()
        expect(page.get_by_text("connect and look again")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert errors == []
