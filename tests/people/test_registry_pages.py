"""The registrar brings a file, reads the report, confirms it: once, twice, and with bad files."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook
from pytest_django.asserts import assertContains, assertNotContains

from people.models import Posting, RegistryImport, User
from people.registry.reading import LARGEST
from tests.factories.people import DzongkhagFactory, professional, registrar

pytestmark = pytest.mark.django_db
HEADER = "employee_id,name,agency,dzongkhag,posting_from\n"
GOOD = HEADER + "E100,Pema Choden,Agency One,Thimphu,2024-01-01\n"
MIXED = GOOD + "E101,Karma,Agency One,Atlantis,2024-01-01\n"


@pytest.fixture(autouse=True)
def _ground():
    DzongkhagFactory()


@pytest.fixture
def keeper(signed_in):
    return signed_in(registrar())


def bring(browser, data: bytes | str, *, name="people.csv", kind="people", **more):
    content = data.encode() if isinstance(data, str) else data
    form = {"kind": kind, "file": SimpleUploadedFile(name, content)}
    return browser.post(reverse("people:imports"), form, **more)


def confirm(browser, pk: int, **more):
    return browser.post(reverse("people:confirm_import", args=[pk]), **more)


def people() -> list[str]:
    return sorted(User.objects.filter(employee_id__startswith="E1").values_list("name", flat=True))


def test_a_file_is_reported_first_and_written_when_confirmed(keeper):
    report = bring(keeper, MIXED, follow=True)
    assertContains(report, "Nothing is written yet")
    assertContains(report, "Atlantis")
    assert people() == []
    applied = confirm(keeper, RegistryImport.objects.get().pk, follow=True)
    assertContains(applied, "Applied. Every record is reported below.")
    assert people() == ["Pema Choden"]
    assert Posting.objects.get(person__employee_id="E100").organisation.name == "Agency One"


def test_confirmed_twice_is_applied_once(keeper):
    bring(keeper, GOOD)
    row = RegistryImport.objects.get()
    for _each in range(2):
        assert confirm(keeper, row.pk).status_code == 302
    assert people() == ["Pema Choden"]
    first = RegistryImport.objects.get()
    assert first.state == RegistryImport.State.APPLIED


def test_the_same_file_again_changes_nothing_and_says_so(keeper):
    for _each in range(2):
        bring(keeper, GOOD)
        confirm(keeper, RegistryImport.objects.order_by("-pk").first().pk)
    latest = RegistryImport.objects.order_by("-pk").first()
    assert latest.counts["unchanged"] == 1
    assert people() == ["Pema Choden"]


def test_the_report_shows_one_outcome_and_gives_refused_rows_back_as_csv(keeper):
    bring(keeper, MIXED.replace("Karma", "=cmd"))
    row = RegistryImport.objects.get()
    page = keeper.get(reverse("people:import", args=[row.pk]), {"outcome": "refused"})
    assertContains(page, "E101")
    assertNotContains(page, "E100")
    table = keeper.get(reverse("people:refused_rows", args=[row.pk])).content.decode()
    assert "'=cmd" in table
    assert ",=cmd" not in table


def workbook(*rows) -> bytes:
    book, content = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(content)
    return content.getvalue()


def broken_workbook() -> bytes:
    """A zip that holds the parts of a workbook, the sheet's XML cut off."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(HEADER.strip().split(",")))) as whole,
        zipfile.ZipFile(content, "w") as part,
    ):
        for name in whole.namelist():
            data = whole.read(name)
            part.writestr(name, data[: len(data) // 2] if "sheet" in name else data)
    return content.getvalue()


BAD = {
    "nothing": (b"", "The submitted file is empty."),
    "empty lines": (b"\r\n\r\n", "The file is empty: row 1 should name the columns."),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(200), "is no text table"),
    "prose": (b"Dear registrar,\nplease find attached\n", "Row 1 is no header"),
    "no column": (b"employee_id,name,agency,dzongkhag\n", "Row 1 has no column posting_from"),
    "a column twice": (HEADER.strip().encode() + b",name\n", "Row 1, column 6: name stands there"),
    "a strange column": (HEADER.strip().encode() + b",shoe\n", "“shoe” is no known column"),
    "half a UTF-16": (HEADER.encode("utf-16")[:41] + b"\xd8", "no text in utf-16"),
    "a NUL": (GOOD.replace("Pema", "Pe\x00ma").encode(), "is no text table"),
    "a quote left open": (HEADER.encode() + b'"' + b"x" * 140_000, "cannot be read"),
    "no workbook": (b"PK\x03\x04 and nothing else", "cannot be opened"),
    "a workbook without rows": (workbook(), "The file is empty"),
    "a broken workbook": (broken_workbook(), "cannot be opened"),
    "too much": (b"x" * (LARGEST + 1), "larger than 50 MB"),
}


@pytest.mark.parametrize("kind", ["people", "centres"])
@pytest.mark.parametrize("name", [name for name in BAD if name != "too much"])
def test_a_bad_file_is_refused_at_its_field_and_nothing_is_kept(keeper, name, kind):
    data, message = BAD[name]
    page = bring(keeper, data, kind=kind)
    assert page.status_code == 422
    if kind == "people" or "column" not in name:
        assertContains(page, message, status_code=422)
    assertContains(page, f'<option value="{kind}" selected>', status_code=422)
    assert not RegistryImport.objects.exists()


def test_a_file_above_50_megabytes_is_refused(keeper):
    data, message = BAD["too much"]
    assertContains(bring(keeper, data), message, status_code=422)
    assert not RegistryImport.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode("utf-16"),
        GOOD.encode("utf-8-sig"),
        GOOD.replace(",", ";").encode(),
        GOOD.replace(",", "\t").encode("utf-16-le"),
        GOOD.replace("Pema Choden", "Pémä Chødén").encode("cp1252"),
        GOOD.replace("Pema Choden", "པདྨ་ཆོས་སྒྲོན").encode(),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("employee_id", "Employee ID").encode(),
        workbook(HEADER.strip().split(","), GOOD.splitlines()[1].split(",")),
    ],
    ids="utf16 bom semicolon tab-utf16le cp1252 dzongkha crlf spaced-header xlsx".split(),
)
def test_a_file_as_other_programs_save_it_comes_in(keeper, data):
    bring(keeper, data)
    confirm(keeper, RegistryImport.objects.get().pk)
    [name] = people()
    assert name in {"Pema Choden", "Pémä Chødén", "པདྨ་ཆོས་སྒྲོན"}


def test_without_a_file_the_form_says_so(keeper):
    page = keeper.post(reverse("people:imports"), {"kind": "centres"})
    assertContains(page, "This field is required.", status_code=422)
    assertContains(page, '<option value="centres" selected>', status_code=422)


def test_a_kind_that_is_none_is_refused(keeper):
    assert bring(keeper, GOOD, kind="shoes").status_code == 422


@pytest.mark.parametrize("name", ["../../etc/passwd", "n" * 300 + ".csv", "<b>x</b>.csv", "‮vsc.x"])
def test_any_name_of_a_file_is_shown_as_it_is(keeper, name):
    page = bring(keeper, GOOD, name=name, follow=True)
    assert page.status_code == 200
    assertNotContains(page, "<b>x</b>")


def test_an_officer_who_is_no_registrar_is_told_who_may(signed_in, keeper):
    bring(keeper, GOOD)
    row = RegistryImport.objects.get()
    officer = signed_in(professional())
    for response in (bring(officer, GOOD), confirm(officer, row.pk)):
        assertContains(response, "The registry is kept by the registrar.", status_code=403)
    assert people() == []
    assert RegistryImport.objects.get().state == RegistryImport.State.PROPOSED


def test_a_report_that_is_not_there(keeper):
    assert confirm(keeper, 99).status_code == 404
