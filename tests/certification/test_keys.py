"""Keys: rotation, a key that got out, and files that are missing or unreadable."""

import io
import json
import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from certification import badge, keys, queries, services
from certification.models import Credential, Proposal, Reissue
from tests.factories.certification import by_two, fresh, issued, scheme, two_keepers
from tests.factories.people import professional

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """Keys of this test alone."""
    settings.HOME = tmp_path
    return tmp_path / "keys"


def run(*words) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, stderr=io.StringIO())
    return out.getvalue().strip()


def test_an_old_key_still_verifies_after_a_new_one():
    credential = issued()
    old = keys.signing_key().kid
    new = run("rotate_key")
    assert keys.signing_key().kid == new != old
    assert list(keys.public_keys()) == [old, new]
    assert queries.is_genuine(credential)
    assert queries.is_genuine(issued())


def test_an_old_key_verifies_even_when_its_private_file_is_gone(folder):
    credential = issued()
    keys.rotate()
    (folder / "es256-0001.json").unlink()
    keys.check()
    assert queries.is_genuine(credential)


def test_a_key_that_got_out_proves_nothing_from_then_on(client):
    before = issued()
    since = timezone.now() + timedelta(days=10)
    with time_machine.travel(since + timedelta(days=1)):
        within = issued()
        kid = keys.signing_key().kid
        new = run("rotate_key", "--compromised", kid, "--since", since.isoformat())
        assert keys.signing_key().kid == new
        after = issued()
    assert queries.is_genuine(before)
    assert not queries.is_genuine(within)
    assert queries.is_genuine(after)
    with pytest.raises(badge.NotGenuineError, match="no longer safe"):
        badge.read(within.jwt, keys.public_keys())
    assert keys.public_keys()[kid][badge.COMPROMISED]
    page = client.get(reverse("certification:check", args=[within.serial])).content.decode()
    assert "when the key for signing had got out" in page
    assert "The signature does not fit" not in page


def test_the_window_of_a_key_only_grows():
    issued()
    kid = keys.signing_key().kid
    now = timezone.now()
    for days in (3, 1, 5):
        keys.mark_compromised(kid, since=now - timedelta(days=days))
    assert keys.public_keys()[kid][badge.COMPROMISED] == (now - timedelta(days=5)).isoformat()
    with pytest.raises(keys.KeyFileError, match="rotate_key"):
        keys.signing_key()


@pytest.mark.parametrize("words", [("nobody", "2026-01-01"), (None, "soon")])
def test_marking_a_key_wrongly_is_refused(words):
    issued()
    kid = words[0] or keys.signing_key().kid
    with pytest.raises(CommandError):
        run("rotate_key", "--compromised", kid, "--since", words[1])
    assert len(keys.public_keys()) == 1


def spoil(folder, how: str) -> None:
    file = folder / "es256-0001.json"
    if how == "missing":
        file.unlink()
    elif how == "empty":
        file.write_text("")
    elif how == "a folder":
        file.unlink()
        file.mkdir()
    elif how == "no private half":
        file.write_text(json.dumps({name: v for name, v in json.loads(file.read_text()).items()
                                    if name != keys.PRIVATE}))  # fmt: skip
    elif how == "another key":
        keys.rotate()
        (folder / "es256-0002.json").replace(file)
        (folder / "keys.json").write_text(
            json.dumps({"keys": json.loads((folder / "keys.json").read_text())["keys"][:1]})
        )
    else:
        (folder / "keys.json").write_text("{")


WAYS = ["missing", "empty", "a folder", "no private half", "another key", "bad list"]


@pytest.mark.parametrize("how", WAYS)
def test_a_bad_key_file_is_named_and_no_new_key_made(folder, how):
    issued()
    spoil(folder, how)
    before = sorted(path.name for path in folder.iterdir())
    for use in (keys.check, keys.signing_key, issued):
        with pytest.raises(keys.KeyFileError, match=str(folder)):
            use()
    assert sorted(path.name for path in folder.iterdir()) == before
    assert Credential.objects.count() == 1


def test_lost_keys_are_told_where_certificates_exist(folder):
    issued()
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(keys.KeyFileError, match="Restore the folder"):
        issued()
    with pytest.raises(keys.KeyFileError, match="Restore the folder"):
        keys.require_first(Credential.objects.exists)
    assert [path.name for path in folder.glob("*.json")] == []


def test_files_of_a_site_without_a_list_are_taken_as_they_lie(folder):
    credential = issued()
    (folder / "keys.json").unlink()
    assert queries.is_genuine(credential)
    keys.rotate()
    assert queries.is_genuine(fresh(credential))


def start(home: Path, module: str) -> subprocess.CompletedProcess:
    env = os.environ | {"ICT_COMMONS_HOME": str(home), "DJANGO_SETTINGS_MODULE": "lms.settings"}
    return subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        env=env | {"DEMO": "1"}, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("module", ["lms.wsgi", "lms.asgi"])
def test_the_start_stops_with_the_name_of_the_file(folder, tmp_path, module):
    issued()
    assert start(tmp_path, module).returncode == 0
    (folder / "es256-0001.json").unlink()
    failed = start(tmp_path, module)
    assert failed.returncode != 0
    assert f"The key file {folder / 'es256-0001.json'} is missing" in failed.stderr


def test_two_processes_make_one_key(folder, tmp_path):
    code = (
        "import django; django.setup(); from certification import keys; "
        "keys.require_first(lambda: False); print(keys.signing_key().kid)"
    )
    env = os.environ | {"ICT_COMMONS_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "lms.settings"}
    env["DEMO"] = "1"
    running = [
        subprocess.Popen([sys.executable, "-c", code], env=env, cwd=ROOT, stdout=subprocess.PIPE)
        for _each in range(3)
    ]
    kids = {process.communicate(timeout=60)[0].strip() for process in running}
    assert len(kids) == 1
    assert kids != {b""}
    file = folder / "es256-0001.json"
    assert sorted(path.name for path in folder.glob("es256*")) == [file.name]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def reissue(kid, by, *args) -> dict[str, str]:
    """Serial -> outcome, as the command reports it."""
    asked = ("--compromised", kid, "--by", by.employee_id, "--reason", "The key got out.")
    rows = json.loads(run("reissue_credentials", *asked, *args, "--json"))["certificates"]
    return {row["serial"]: row["code"] for row in rows}


def test_what_a_compromised_key_signed_is_reissued_by_two_people(client):
    first, second = keepers = two_keepers()
    start = timezone.now().replace(microsecond=0) - timedelta(days=10)
    with time_machine.travel(start, tick=False) as clock:
        made = scheme(competency=False)
        before = issued(of=made, keepers=keepers)
        kid = badge.kid_of(before.jwt)
        clock.shift(timedelta(days=2))
        since = timezone.now()
        clock.shift(timedelta(days=1))
        good, suspended = (issued(of=made, keepers=keepers) for _each in range(2))
        by_two("suspend", keepers, credential=suspended)
        clock.shift(timedelta(days=3))
        with pytest.raises(CommandError, match="not marked as compromised"):
            reissue(kid, first)
        keys.rotate()
        keys.mark_compromised(kid, since=since)
        assert reissue(kid, first, "--dry-run") == {
            good.serial: "proposed",
            suspended.serial: "left",
        }
        assert not Proposal.objects.waiting().exists()
        for _twice in range(2):
            assert reissue(kid, first)[good.serial] == "proposed"
        [proposal] = Proposal.objects.waiting()
        with pytest.raises(PermissionDenied):
            services.confirm(proposal, by=first)
        for _twice in range(2):
            services.confirm(proposal, by=second)
        new = Reissue.objects.get(old=good).new
        assert (new.holder, new.name, new.valid_until) == (good.holder, good.name, good.valid_until)
        assert queries.is_genuine(fresh(new))
        assert fresh(good).state == Credential.State.REVOKED
        assert fresh(good).history[-1].reason == "The key got out."
        old_page = client.get(reverse("certification:check", args=[good.serial])).content.decode()
        new_page = client.get(reverse("certification:check", args=[new.serial])).content.decode()
        assert new.serial in old_page
        assert good.serial in new_page
        assert reissue(kid, first)[good.serial] == "left"
        assert fresh(before).state == Credential.State.VALID
        with pytest.raises(CommandError, match="Only registrars"):
            reissue(kid, professional())
