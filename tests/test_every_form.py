"""Sends every form of every page what it should not get: no page breaks, no text is lost.

Forms are found by opening the pages, not listed. Each field is left out, emptied, and sent NUL,
half a letter, 100,000 characters, a huge number and more, the others staying as they were.
"""

import html
import json

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from courses.models import CoursePage, UnitPage
from forums.models import ExpertPool
from tests.forms import Form, forms_of, quoted_part
from tests.rights import Right, table

pytestmark = pytest.mark.django_db
RIGHTS = table()
URLENCODED = "application/x-www-form-urlencoded"
# One of each kind of rights; the first two of an address's own roles are enough to see its forms.
LOOKERS = ("host", "administrator", "professional", "lead", "author", "anonymous")
PAGES = {"a course": CoursePage, "a unit": UnitPage, "a pool": ExpertPool}


def lookers(right: Right) -> list[str]:
    return [role for role in LOOKERS if role in right.roles][:2]


def forms_at(browser: Client, address: str) -> dict[tuple, Form]:
    """The different forms of a page: where they go and which fields they have."""
    page = browser.get(address)
    page.close()  # or the file that some addresses give stays open
    if page.status_code != 200 or "html" not in page["Content-Type"]:
        return {}
    found = {}
    for form in forms_of(page.content, address):
        try:
            goal = resolve(form.action.partition("?")[0]).view_name
        except Resolver404:
            goal = form.action
        steps = tuple(form.values["act"]) if "act" in form.values else ()
        found[(goal, tuple(sorted(form.values)), steps)] = form
    return found


def send(browser: Client, form: Form, /, **changed):
    """The answer, and everything as it was before: the next attempt meets the same page."""
    with transaction.atomic():
        if form.method == "get":
            address = f"{form.action.partition('?')[0]}?{form.body(**changed).decode()}"
            answer = browser.get(address)
        else:
            answer = browser.generic("POST", form.action, form.body(**changed), URLENCODED)
        content = b"".join(answer) if answer.streaming else answer.content
        answer.close()
        transaction.set_rollback(True)
    return answer.status_code, content.decode(errors="replace")


def faults_of(browser: Client, form: Form) -> list[str]:
    faults = []
    for name, wrong, value in form.attempts():
        where = f"{form.method} {form.action} {name}: {wrong}"
        try:
            status, page = send(browser, form, **{name: value})
        except Exception as error:  # noqa: BLE001 (whatever a view lets through is the finding)
            faults.append(f"{where}: {type(error).__name__}: {error}"[:300])
            continue
        if status >= 500:
            faults.append(f"{where}: {status}")
        if status == 422:
            faults += [f"{where}: lost {lost}" for lost in lost_texts(page, form, name, value)]
        if "<script>fuzz" in page:
            faults.append(f"{where}: markup comes back as markup")
    return faults


def lost_texts(page: str, form: Form, changed: str, value: str | None) -> list[str]:
    """Names of fields whose text is not on the page that says what was wrong."""
    sent = {name: form.values[name][0] for name in form.typed} | {changed: value or ""}
    plain = " ".join(html.unescape(page).split())
    return [
        name for name, text in sent.items() if name in form.typed and kept_part(text) not in plain
    ]


def kept_part(text: str) -> str:
    """What a page can show of a text: no NUL and no half letters, whatever its line ends."""
    parts = text[:300].replace("\x00", "\ud800").split("\ud800")
    return " ".join(max(parts, key=len).split())


@pytest.mark.parametrize("name", sorted(name for name in RIGHTS if lookers(RIGHTS[name])))
def test_forms_of(visitors, name):
    right = RIGHTS[name]
    address = reverse(name, args=right.args())
    forms: dict[tuple, tuple[Client, Form]] = {}
    for role in lookers(right):
        for key, form in forms_at(visitors[role], address).items():
            forms.setdefault(key, (visitors[role], form))
    faults = [fault for browser, form in forms.values() for fault in faults_of(browser, form)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("kind", PAGES)
def test_forms_of_published(visitors, kind):
    address = PAGES[kind].objects.live().first().url
    browser = visitors["professional"]
    forms = forms_at(browser, address).values()
    assert [fault for form in forms for fault in faults_of(browser, form)] == []


def test_the_forms_around_every_page(visitors):
    browser = visitors["professional"]
    page = (
        browser.get(reverse("about"))
        .content.replace(b"<header", b"<main")
        .replace(b"</header>", b"</main>")
    )
    forms = forms_of(page, "/about/")
    assert forms
    assert [fault for form in forms for fault in faults_of(browser, form)] == []


DEEP = "[" * 50_000 + "]" * 50_000
NO_JSON = [
    "",
    "{}",
    "[]",
    "null",
    "1e999",
    "NaN",
    '"\\ud800"',
    '{"t": "\\u0000"}',
    "{",
    "\xff",
    DEEP,
]
JSON = [json.dumps({"t": kind, "cid": value, "body": value, "q": value})
        for kind in ("q.ask", "vote.set", "mod.merge", "x")
        for value in (None, "\x00", "\ud800", 10**40, [], {}, True)]  # fmt: skip


@pytest.mark.parametrize("name", sorted(name for name in RIGHTS if RIGHTS[name].status == 405))
def test_addresses_that_only_take_posts(visitors, name):
    right, faults = RIGHTS[name], []
    address = reverse(name, args=right.args())
    for kind, bodies in (
        ("application/json", NO_JSON + JSON),
        (URLENCODED, ["", "=", "cid=%00", "cid=1&cid=2", "%ff=%fe", "a" * 3000]),
        ("multipart/form-data; boundary=x", ["", "--x", "--x\r\n\r\n--x--"]),
    ):
        for body in bodies:
            with transaction.atomic():
                status = visitors["host"].generic("POST", address, body, kind).status_code
                transaction.set_rollback(True)
            if status >= 500:
                faults.append(f"{kind} {body[:60]!r}: {status}")
    assert faults == []


HURTING = [quoted_part(odd) for odd in ("9" * 40, "a\x00b", "\ud800", "<script>fuzz")]
ODD = [*HURTING, *map(quoted_part, ("", "0", "-1", "%", "..", "ཀ", "x" * 3000))]
QUESTIONS = (
    "page q show kind pool state order tab tag category dzongkhag outcome profile after epoch "
    "wait limit offset next title"
).split()


@pytest.mark.parametrize("name", sorted(RIGHTS))
def test_odd_addresses(visitors, name):
    """Odd values in the place of each part of an address, and in every question after it."""
    right, faults = RIGHTS[name], []
    arguments = right.args()
    usual, browser = reverse(name, args=arguments), visitors[(lookers(right) or ["host"])[0]]
    odds = HURTING if connection.vendor == "postgresql" else ODD  # the others ran on SQLite
    parts = map(str, arguments)
    paths = [usual.replace(f"/{part}", f"/{odd}", 1) for part in parts for odd in odds]
    questions = ["&".join(f"{each}={odd}" for each in QUESTIONS) for odd in asked_at(name)]
    for address in paths + [f"{usual}?{asked}" for asked in questions]:
        try:
            answer = browser.get(address)
            status = answer.status_code
            answer.close()
        except Exception as error:  # noqa: BLE001 (whatever a view lets through is the finding)
            faults.append(f"{address[:120]}: {type(error).__name__}: {error}"[:300])
            continue
        if status >= 500 and status != right.status:
            faults.append(f"{address[:120]}: {status}")
        elif not answer.streaming and b"<script>fuzz" in answer.content:
            faults.append(f"{address[:120]}: markup comes back as markup")
    assert faults == []


def asked_at(name: str) -> list[str]:
    """The odd values that the questions of this address get: those that hurt, two in turn."""
    if connection.vendor == "postgresql":
        return HURTING
    rest = [odd for odd in ODD if odd not in HURTING]
    turn = sum(name.encode())
    return [*HURTING, rest[turn % len(rest)], rest[(turn + 4) % len(rest)]]
