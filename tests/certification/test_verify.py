"""What a certificate is worth: by our command without database, and by other implementations."""

import copy
import io
import json
import os
import subprocess
import sys
import tarfile
from datetime import timedelta
from pathlib import Path

import jsonschema_rs
import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone
from jwt.algorithms import ECAlgorithm
from openbadgeslib.ob3.status import check_credential_status
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier

from certification import badge, keys, status_lists
from certification.checking import Verdict, check
from certification.export import exported
from certification.moments import moment_of
from tests.factories.certification import by_two, issued, scheme, two_keepers

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
NODE = Path(__file__).parent / "node"
SCHEMA = "tests/fixtures/ob_schemas/ob_v3p0_achievementcredential_schema.json"
DAY = timedelta(days=1)


def run(*words) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def verdict_of(*words) -> str:
    """What the command prints with --json; its exit code says whether that is "valid"."""
    out = io.StringIO()
    code = 0
    try:
        call_command("verify_credential", *words, "--json", stdout=out)
    except SystemExit as ended:
        code = ended.code
    verdict = json.loads(out.getvalue())["verdict"]
    assert code == (verdict != "valid")
    return verdict


@pytest.fixture(scope="module")
def schema():
    """The JSON Schema of 1EdTech for Open Badges 3.0 (make prepares the package it lies in)."""
    [package] = Path(sys.prefix, "conformance").glob("openbadgeslib-*.tar.gz")
    with tarfile.open(package) as archive:
        [name] = [name for name in archive.getnames() if name.endswith(SCHEMA)]
        text = archive.extractfile(name).read()
    return jsonschema_rs.Draft201909Validator(json.loads(text), validate_formats=True)


def test_the_json_schema_of_open_badges_takes_ours(schema):
    endless = issued(of=scheme(valid_months=None))
    for credential in (issued(), endless):
        for kind in ("json", "jwt"):
            text = exported(credential, kind).decode()
            document = json.loads(text) if kind == "json" else badge.read(text, keys.public_keys())
            assert [str(error) for error in schema.iter_errors(document)] == []
    del document["validFrom"]
    assert not schema.is_valid(document)


@pytest.fixture
def five():
    """A certificate of each fate, by verdict; the last one is of another site's key."""
    keepers = two_keepers()
    made = scheme()
    today = timezone.localdate()
    rows = {
        "valid": issued(of=made, keepers=keepers),
        "revoked": issued(of=made, keepers=keepers),
        "suspended": issued(of=made, keepers=keepers),
        "expired": issued(of=made, keepers=keepers, valid_from=today - 900 * DAY),
        "not_yet": issued(of=made, keepers=keepers, valid_from=today + 9 * DAY),
    }
    by_two("revoke", keepers, credential=rows["revoked"])
    by_two("suspend", keepers, credential=rows["suspended"])
    return rows


def forged(token: str) -> str:
    head, body, signature = token.split(".")
    claims = json.loads(badge._unpack(body))
    claims["name"] = "Something better"
    return f"{head}.{badge._pack(claims)}.{signature}"


@pytest.mark.parametrize("kind", ["jwt", "json", "slip"])
def test_each_fate_is_told_apart(five, kind):
    bundle = status_lists.bundle(at=timezone.now())
    for verdict, row in five.items():
        text = row.paper_url if kind == "slip" else exported(row, kind).decode()
        found = check(text, keys.public_keys(), bundle["lists"], at=timezone.now())
        assert found.verdict == verdict
        assert (found.serial, found.name, found.title) == (row.serial, row.name, row.title)
        assert found.status_as_of


def test_as_of_a_date(five, tmp_path):
    """A later certificate list still tells what held before somebody revoked."""
    row = five["valid"]
    file, bundle = tmp_path / "c.jwt", tmp_path / "bundle.json"
    file.write_text(row.jwt)
    day = timezone.localdate()
    with time_machine.travel(timezone.now() + 10 * DAY):
        by_two("suspend", credential=row)
    with time_machine.travel(timezone.now() + 20 * DAY):
        by_two("restore", credential=row)
    with time_machine.travel(timezone.now() + 30 * DAY):
        by_two("revoke", credential=row)
    with time_machine.travel(timezone.now() + 40 * DAY):
        run("export_checker", "--output", str(bundle))
        verdicts = {}
        for days in (-1, 0, 9, 10, 20, 29, 30, 41, 900):
            words = ("--at", str(day + days * DAY), "--bundle", str(bundle))
            verdicts[days] = verdict_of(str(file), *words)
    holds = {days for days, verdict in verdicts.items() if verdict == "valid"}
    assert holds == {0, 9, 20, 29}
    assert (verdicts[-1], verdicts[10], verdicts[41]) == ("not_yet", "suspended", "revoked")


def test_the_command_needs_no_database(five, tmp_path):
    """In another home, without a database: the same verdict for each, and for a forged one."""
    bundle = tmp_path / "bundle.json"
    run("export_checker", "--output", str(bundle))
    texts = {verdict: row.jwt for verdict, row in five.items()} | {
        "forged": forged(five["valid"].jwt)
    }
    files = {}
    for verdict, text in texts.items():
        files[verdict] = tmp_path / f"{verdict}.jwt"
        files[verdict].write_text(text)
    code = (
        "import sys, django; django.setup()\n"
        "from django.core.management import call_command\n"
        "for file in sys.argv[2:]:\n"
        "    try: call_command('verify_credential', file, '--bundle', sys.argv[1], '--json')\n"
        "    except SystemExit as ended: assert ended.code == 1\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(bundle), *map(str, files.values())],
        env=os.environ | {"ICT_COMMONS_HOME": str(tmp_path / "empty"), "DEMO": "1",
                          "DJANGO_SETTINGS_MODULE": "lms.settings",
                          "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"},
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = [json.loads(line)["verdict"] for line in done.stdout.splitlines()]
    assert found == list(files)


def test_what_the_command_says_to_people(five, tmp_path):
    file, jwks = tmp_path / "c.jwt", tmp_path / "keys.json"
    run("export_credential", five["valid"].serial, "--output", str(file))
    jwks.write_text(run("export_keys"))
    said = run("verify_credential", str(file), "--keys", str(jwks))
    assert "Genuine and valid" in said
    assert "no status list" in said
    status_lists.keep_bundle()
    assert "as of: 20" in run("verify_credential", str(file))
    file.write_text(five["revoked"].jwt)
    with pytest.raises(CommandError, match="revoked") as refused:
        run("verify_credential", str(file))
    assert refused.value.returncode == 1
    for words in ([str(tmp_path / "none")], [str(file), "--at", "soon"]):
        with pytest.raises(CommandError) as wrong:
            run("verify_credential", *words)
        assert wrong.value.returncode == 2
    assert run("list_credentials").count("CC-") == len(five)
    assert {row["state"] for row in json.loads(run("list_credentials", "--json"))} == set(five)
    with pytest.raises(CommandError, match="no certificate"):
        run("export_credential", "CC-1")


def places(value, path=()):
    """The path of every plain value inside a document."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in inner:
            yield from places(part, (*path, key))
    else:
        yield path


def changed(document, path):
    """The document with another value at `path`."""
    other = copy.deepcopy(document)
    inner = other
    for key in path[:-1]:
        inner = inner[key]
    old = inner[path[-1]]
    inner[path[-1]] = (
        (not old) if isinstance(old, bool) else f"{old}1" if isinstance(old, str) else old + 1
    )
    return other


def test_a_change_in_any_field_is_refused():
    credential = issued()
    known, now = keys.public_keys(), timezone.now()
    head, body, signature = credential.jwt.split(".")
    payload = json.loads(badge._unpack(body))
    readable = json.loads(exported(credential, "json"))
    proof = readable.pop("proof")
    public = OB3Verifier(ECAlgorithm.from_jwk(next(iter(known.values()))))
    public.verify(credential.jwt)
    tried = 0
    for path in places(payload):
        token = f"{head}.{badge._pack(changed(payload, path))}.{signature}"
        assert check(token, known, [], at=now).verdict == Verdict.FORGED, path
        with pytest.raises(OB3VerificationError):
            public.verify(token)
        tried += 1
    for path in places(readable):
        text = json.dumps(changed(readable, path) | {"proof": proof})
        assert check(text, known, [], at=now).verdict == Verdict.FORGED, path
        tried += 1
    assert tried > 90
    slip = credential.slip.split(".")
    for path in places(json.loads(badge._unpack(slip[1]))):
        other = changed(json.loads(badge._unpack(slip[1])), path)
        token = f"{slip[0]}.{badge._pack(other)}.{slip[2]}"
        assert check(token, known, [], at=now).verdict == Verdict.FORGED, path


@pytest.mark.parametrize(
    "text",
    ["", "x", "{", "{}", '{"proof": 1}', '{"proof": {}}', '{"proof": {"jwt": 7}}', "[" * 9999],
)
def test_what_is_no_certificate_is_forged(text):
    assert check(text, {}, [], at=timezone.now()).verdict == Verdict.FORGED


def test_a_token_of_one_kind_is_not_taken_for_another():
    credential = issued()
    known, now = keys.public_keys(), timezone.now()
    [revocation, _suspension] = status_lists.bundle(at=now)["lists"]
    assert check(revocation, known, [], at=now).verdict == Verdict.FORGED
    assert check(credential.jwt, known, [credential.jwt], at=now).verdict == Verdict.FORGED
    assert check(credential.jwt, known, [forged_list(revocation)], at=now).verdict == Verdict.FORGED


def forged_list(token: str) -> str:
    head, body, signature = token.split(".")
    payload = json.loads(badge._unpack(body)) | {"iat": 0}
    return f"{head}.{badge._pack(payload)}.{signature}"


def test_a_slip_fits_into_a_code_that_a_phone_reads_from_paper():
    credential = issued()
    assert len(credential.paper_url) < 700


def test_openbadgeslib_sees_a_revocation_in_our_list(five, client):
    pem = ECAlgorithm.from_jwk(next(iter(keys.public_keys().values())))

    def download(address: str) -> bytes:
        return client.get(address.removeprefix("http://localhost:8000")).content

    def look(row):
        badge_of = OB3Verifier(pem).verify(row.jwt)
        check_credential_status(badge_of, download, verify_list=True, list_pubkey_pem=pem)

    look(five["valid"])
    with pytest.raises(OB3VerificationError, match="revocation"):
        look(five["revoked"])


@pytest.mark.node
def test_a_second_implementation_from_npm_agrees(five):
    subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=NODE, check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    bundle = status_lists.bundle(at=timezone.now())
    tokens = [row.jwt for row in five.values()] + [forged(five["valid"].jwt)]
    done = subprocess.run(
        ["node", "verify.mjs"],
        input=json.dumps(bundle | {"tokens": tokens, "at": timezone.now().isoformat()}),
        cwd=NODE, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert json.loads(done.stdout) == [
        "valid",
        "revocation",
        "suspension",
        "ERR_JWT_EXPIRED",
        "ERR_JWT_CLAIM_VALIDATION_FAILED",
        "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
    ]


@pytest.mark.parametrize(
    ("text", "hour"), [("2026-11-25", 23), ("2026-11-25T10:00:00", 10), ("x", None), ("", None)]
)
def test_moments_as_people_type_them(text, hour):
    moment = moment_of(text)
    assert (timezone.localtime(moment).hour if moment else None) == hour
