"""A folder or zip of documents becomes a module with units, with a report of every file."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from wagtail.images.models import Image

from courses import folders
from courses.models import ModulePage, UnitImport, UnitPage
from courses.services import import_folder, import_zip
from tests.factories import documents as made
from tests.factories.courses import course
from tests.factories.events import locked_pdf
from tests.factories.people import author, professional, registrar

pytestmark = pytest.mark.django_db
CODE = made.paragraph("ip address", "Code") + made.paragraph("ip route", "Code")


def word(number: int) -> bytes:
    return made.docx(
        made.paragraph(f"Word {number}", "Heading1"),
        made.paragraph("Where it stands", "Heading2"),
        made.paragraph("In the cupboard."),
        made.item("first"),
        made.item("second"),
        made.table([["Lamp", "Means"], ["red", "no line"]]),
        CODE,
        made.PICTURE.format(alt="The router"),
        picture=made.png(),
    )


def markdown(number: int) -> bytes:
    return (
        f"---\ntitle: Markdown {number}\nminutes: 7\n---\n\n## Lamps\n\n- red\n- green\n\n"
        "| Lamp | Means |\n|---|---|\n| red | no line |\n\n```sh\nip route\n```\n\n"
        '![The router](pictures/router.png "As it came")\n\n> [!TIP]\n> Look first.\n'
    ).encode()


def page(number: int) -> bytes:
    return (
        f"<title>Page {number}</title><body><h3>Lamps</h3><p onclick=x()>Look <b>first</b>."
        "<ol><li>red<li>green</ol><table><tr><th>Lamp<th>Means<tr><td>red<td>no line</table>"
        '<pre><code class="language-sh">ip route</code></pre><script>x()</script>'
        '<img src="pictures/router.png" alt="The router">'
    ).encode()


def sheet(number: int) -> bytes:
    return made.pdf((24, f"Sheet {number}"), (11, "Look first."), (16, "Lamps"), (11, "- red"))


def lay_out(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def outcomes(reports) -> dict[str, list[str]]:
    return {row.file: [row.outcome, *(each["code"] for each in row.messages)] for row in reports}


@pytest.fixture
def page_of_course():
    return course(units=1)


def kinds(unit) -> list[str]:
    return [block.block_type for block in unit.body]


def test_forty_files_of_four_kinds_become_units_in_their_order(tmp_path, page_of_course):
    makers = [("docx", word), ("md", markdown), ("html", page), ("pdf", sheet)]
    files = {
        f"{number}-part.{ending}": make(number)
        for number in range(1, 41)
        for ending, make in [makers[number % 4]]
    }
    lay_out(tmp_path, files | {"pictures/router.png": made.png("red")})
    reports = import_folder(tmp_path, page_of_course, module="Faults", publish=True)

    assert [row.file for row in reports] == sorted(files, key=lambda name: int(name.split("-")[0]))
    assert {row.change for row in reports} == {"new"}
    module = ModulePage.objects.get(title="Faults")
    units = list(UnitPage.objects.child_of(module).order_by("path"))
    titles = {"docx": "Word", "md": "Markdown", "html": "Page", "pdf": "Sheet"}
    assert [unit.title for unit in units] == [
        f"{titles[makers[number % 4][0]]} {number}" for number in range(1, 41)
    ]
    version = page_of_course.versions.first()
    assert (version.number, version.units.count()) == (2, 41)  # one version for all of them

    by_kind = {unit.title.split()[0]: unit for unit in units[:4]}
    for kind in ("Word", "Markdown", "Page"):
        unit = by_kind[kind]
        assert {"text", "table", "code", "image"} <= set(kinds(unit)), kind
        table = next(block.value for block in unit.body if block.block_type == "table")
        assert table["data"] == [["Lamp", "Means"], ["red", "no line"]]
        code = next(block.value for block in unit.body if block.block_type == "code")
        assert code["code"].endswith("ip route")
        image = next(block.value for block in unit.body if block.block_type == "image")
        assert (image["alt"], image["image"].width) == ("The router", 8)
        text = unit.body[0].value.source
        assert text.count("<h2>") == 1
        assert "<li>" in text
        assert "onclick" not in text
    assert "callout" in kinds(by_kind["Markdown"])
    assert by_kind["Markdown"].minutes == 7
    source = by_kind["Sheet"].body[0].value.source
    assert source == "<p>Look first.</p><h2>Lamps</h2><ul><li>red</li></ul>"


def test_bringing_it_again_changes_only_what_changed(tmp_path, page_of_course):
    lay_out(tmp_path, {"1-a.md": b"First", "10-c.md": b"Third", "p.png": made.png()})
    import_folder(tmp_path, page_of_course, module="M")
    before = {unit.title: unit.pk for unit in UnitPage.objects.filter(source__isnull=False)}
    assert list(before) == ["A", "C"]
    lay_out(tmp_path, {"1-a.md": b"First, again\n\n![x](p.png)", "2-b.md": b"Second"})
    reports = import_folder(tmp_path, page_of_course, module="M")
    assert [row.change for row in reports] == ["changed", "new", "unchanged"]
    module = ModulePage.objects.get()
    units = UnitPage.objects.child_of(module).order_by("path")
    assert [unit.title for unit in units] == ["A", "B", "C"]
    assert units[0].pk == before["A"]
    assert "again" in units[0].get_latest_revision_as_object().body[0].value.source
    assert not any(unit.live for unit in units)
    assert page_of_course.versions.count() == 1
    import_folder(tmp_path, page_of_course, module="M", publish=True)
    assert [unit.title for unit in page_of_course.versions.first().units.all()] == [
        "Unit 1", "A", "B", "C",
    ]  # fmt: skip
    assert Image.objects.count() == 1


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path, page_of_course):
    lay_out(tmp_path, {"a.md": b"![x](p.png)\n\n{{check: none}}", "p.png": made.png()})
    reports = import_folder(tmp_path, page_of_course, module="M", dry_run=True)
    assert outcomes(reports) == {"a.md": ["warned", "QUESTION_UNKNOWN"]}
    assert not ModulePage.objects.exists()
    assert not Image.objects.exists()
    assert outcomes(import_folder(tmp_path, page_of_course, module="M")) == outcomes(reports)


def test_what_is_broken_empty_locked_or_another_kind_is_refused_by_name(tmp_path, page_of_course):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(201 << 20))
    lay_out(
        tmp_path,
        {
            "bomb.docx": bomb.getvalue(),
            "broken.docx": word(1)[:300],
            "broken.pdf": b"%PDF-1.4 nothing",
            "deep.html": b"<div>" * 100_000 + b"x",
            "empty.md": b"",
            "entities.docx": made.docx("&a;").replace(b"x", b"y"),
            "good.md": b"Good",
            "letters.md": b"\xff\xfa\xfa",
            "locked.docx": b"\xd0\xcf\x11\xe0" + bytes(600),
            "locked.pdf": locked_pdf(),
            "program.exe": b"MZ",
            "scan.pdf": made.pdf(),
            "within.zip": made.zipped({"a.md": b"a"}),
        },
    )
    (tmp_path / "out.md").symlink_to("/etc/hostname")
    reports = import_folder(tmp_path, page_of_course, module="M")
    assert outcomes(reports) == {
        "bomb.docx": ["refused", "TOO_LARGE"],
        "broken.docx": ["refused", "BROKEN"],
        "broken.pdf": ["refused", "BROKEN"],
        "deep.html": ["refused", "NESTED"],
        "empty.md": ["refused", "EMPTY"],
        "entities.docx": ["refused", "BROKEN"],
        "good.md": ["taken"],
        "letters.md": ["refused", "NOT_UTF8"],
        "locked.docx": ["refused", "LOCKED"],
        "locked.pdf": ["refused", "LOCKED"],
        "out.md": ["refused", "PATH"],
        "program.exe": ["refused", "KIND"],
        "scan.pdf": ["refused", "NO_TEXT"],
        "within.zip": ["refused", "ZIP_IN_ZIP"],
    }


def cartridge(version: str, **more: bytes) -> bytes:
    """A course of another system; titles and order are those of its organization."""
    resources = [
        ("b", "webcontent", "wiki/b.html"),
        ("a", "webcontent", "wiki/a%20page.html"),
        ("l", f"imswl_xml{version}", "link.xml"),
        ("t", f"imsdt_xml{version}", "topic.xml"),
        ("q", f"imsqti_xml{version}/imscc_xml{version}/assessment", "quiz.xml"),
        ("i", "imsbasiclti_xmlv1p0", "tool.xml"),
    ]
    rows = "".join(
        f'<resource identifier="{key}" type="{kind}" href="{file}"><file href="{file}"/></resource>'
        for key, kind, file in resources
    )
    items = "".join(
        f'<item identifierref="{key}"><title>{title}</title></item>'
        for key, title in (("l", "The standard"), ("b", "First page"), ("t", ""), ("q", "Quiz"))
    )
    ns = f"http://www.imsglobal.org/xsd/imscc{version}"
    manifest = (
        f'<manifest xmlns="{ns}/imscp_v1p1"><organizations><organization><item>{items}</item>'
        f"</organization></organizations><resources>{rows}</resources></manifest>"
    )
    page_b = '<title>B</title><p>See</p><img src="%24IMS-CC-FILEBASE%24/r.png" alt="Rack">'
    files = {
        "imsmanifest.xml": manifest.encode(),
        "wiki/a page.html": b"<p>Not in the organization.</p>",
        "wiki/b.html": page_b.encode(),
        "web_resources/r.png": made.png(),
        "link.xml": (
            f'<webLink xmlns="{ns}/imswl"><title>x</title>'
            '<url href="https://example.org/?a=1&amp;b=2"/></webLink>'
        ).encode(),
        "topic.xml": (
            f'<topic xmlns="{ns}/imsdt"><title>Talk</title>'
            '<text texttype="text/html">Which &lt;b&gt;port&lt;/b&gt;?</text></topic>'
        ).encode(),
        "quiz.xml": b"<questestinterop/>",
        "tool.xml": b"<cartridge_basiclti_link/>",
    }
    return made.zipped(files | more)


@pytest.mark.parametrize("version", ["v1p0", "v1p1", "v1p2", "v1p3"])
def test_a_common_cartridge_becomes_units_in_its_own_order(tmp_path, page_of_course, version):
    archive = tmp_path / "course.imscc"
    archive.write_bytes(cartridge(version))
    reports = import_zip(archive, page_of_course, module="M", publish=True)
    assert outcomes(reports) == {
        "link.xml": ["taken"],
        "wiki/b.html": ["taken"],
        "topic.xml": ["taken"],
        "quiz.xml": ["refused", "QUESTIONS"],
        "tool.xml": ["refused", "KIND"],
        "wiki/a page.html": ["taken"],
    }
    units = list(UnitPage.objects.child_of(ModulePage.objects.get()).order_by("path"))
    assert [unit.title for unit in units] == ["The standard", "First page", "Talk", "A page"]
    assert 'href="https://example.org/?a=1&amp;b=2"' in units[0].body[0].value.source
    assert units[1].body[1].value["alt"] == "Rack"
    assert "<b>port</b>" in units[2].body[0].value.source
    again = import_zip(archive, page_of_course, module="M", publish=True)
    assert {row.change for row in again} == {"unchanged", ""}


def test_a_cartridge_that_lies_is_told_and_its_pages_are_kept(tmp_path, page_of_course):
    bomb = b'<!DOCTYPE m [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><manifest>&b;</manifest>'
    link = b'<webLink><title>x</title><url href="javascript:alert(1)"/></webLink>'
    for manifest in (bomb, b"<manifest>", b""):
        archive = tmp_path / "course.imscc"
        archive.write_bytes(cartridge("v1p1", **{"imsmanifest.xml": manifest}))
        said = outcomes(import_zip(archive, page_of_course, module="M", dry_run=True))
        assert said["imsmanifest.xml"] == ["refused", "MANIFEST"]
        assert said["wiki/b.html"] == ["taken"]
        assert said["link.xml"] == ["refused", "KIND"]
    for content, code in ((link, "LINK"), (b"<webLink/>", "LINK"), (b"<web", "BROKEN")):
        archive.write_bytes(cartridge("v1p1", **{"link.xml": content}))
        said = outcomes(import_zip(archive, page_of_course, module="M", dry_run=True))
        assert said["link.xml"] == ["refused", code]


def test_pictures_that_are_none_or_lie_outside_are_left_out_and_said(tmp_path, page_of_course):
    outside = tmp_path / "outside.png"
    outside.write_bytes(made.png())
    lay_out(
        tmp_path / "in",
        {
            "a.md": b"![x](../outside.png)\n\n![y](https://example.org/y.png)\n\n![](b.png)",
            "b.png": made.png(),
            "c.html": b'<p><img src="d.png" alt="d"> <a href="a.md">to a</a></p><video></video>',
            "d.png": b"no picture",
        },
    )
    assert outcomes(import_folder(tmp_path / "in", page_of_course, module="M")) == {
        "a.md": ["warned", "PICTURE_MISSING", "PICTURE_ELSEWHERE", "PICTURE_WITHOUT_ALT"],
        "c.html": ["warned", "MEDIA_LEFT_OUT", "LINK_LEFT_OUT", "PICTURE_BROKEN"],
    }
    assert Image.objects.count() == 1


def test_a_zip_that_leads_out_is_locked_or_names_a_file_twice(tmp_path, page_of_course):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for name in ("../out.md", "/root.md", "c:\\d.md", "good/1.md", "x.zip", "__MACOSX/._1.md"):
            opened.writestr(name, "Text")
        link = zipfile.ZipInfo("link.md")
        link.external_attr = 0o120777 << 16
        opened.writestr(link, "/etc/hostname")
        opened.writestr("good/1.md/inner.md", "Text")
        opened.writestr("locked.md", "Text")
        opened.getinfo("locked.md").flag_bits |= 1
    reports = import_zip(archive, page_of_course, module="M")
    assert outcomes(reports) == {
        "../out.md": ["refused", "PATH"],
        "/root.md": ["refused", "PATH"],
        "c:\\d.md": ["refused", "PATH"],
        "good/1.md": ["taken"],
        "good/1.md/inner.md": ["refused", "NAME_TWICE"],
        "link.md": ["refused", "PATH"],
        "locked.md": ["refused", "LOCKED"],
        "x.zip": ["refused", "ZIP_IN_ZIP"],
    }
    assert not (tmp_path.parent / "out.md").exists()


def test_a_zip_bomb_or_what_is_no_zip_is_not_unpacked(tmp_path):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for number in range(7):
            opened.writestr(f"{number}.md", bytes(45 << 20))
    with pytest.raises(folders.FolderError, match="TOO_LARGE"):
        folders.unpack(archive, tmp_path / "out")
    archive.write_bytes(archive.read_bytes()[:1000])
    with pytest.raises(folders.FolderError, match="BROKEN"):
        folders.unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_reports_every_file(tmp_path, page_of_course):
    archive = tmp_path / "a.zip"
    archive.write_bytes(made.zipped({"1.md": b"# One\n\nText", "2.exe": b"x"}))
    out = io.StringIO()
    words = [str(archive), "--course", page_of_course.slug, "--module", "M"]
    call_command("import_units", *words, "--json", "--dry-run", stdout=out)
    said = json.loads(out.getvalue())
    assert [(row["file"], row["unit"], row["change"]) for row in said["files"]] == [
        ("1.md", "One", "new"),
        ("2.exe", "", ""),
    ]
    assert not ModulePage.objects.exists()
    call_command("import_units", *words, stdout=(table := io.StringIO()))
    assert "refused            2.exe  KIND" in table.getvalue()
    assert UnitPage.objects.filter(title="One").exists()
    with pytest.raises(CommandError, match="There is no course"):
        call_command("import_units", str(archive), "--course", "none", "--module", "M")
    archive.write_bytes(b"no zip")
    with pytest.raises(CommandError, match="BROKEN"):
        call_command("import_units", *words)


def bring(client, page, *files, **fields):
    address = reverse("courses:import_units", args=[page.pk])
    uploads = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post(address, {"module": "Faults", "files": uploads, **fields}, follow=True)


def test_by_the_pages_the_report_comes_first(signed_in, page_of_course):
    client = signed_in(author())
    shown = bring(client, page_of_course, ("2.md", b"# Two\n\nText"), ("1.html", b""), publish="on")
    text = shown.content.decode()
    assert "Nothing is written yet" in text
    assert "Nothing that could be read is in it." in text
    assert not ModulePage.objects.exists()
    done = client.post(shown.redirect_chain[-1][0], follow=True).content.decode()
    assert "1 unit was written." in done
    assert [unit.title for unit in page_of_course.versions.first().units.all()] == [
        "Unit 1", "Two",
    ]  # fmt: skip
    assert not UnitImport.objects.exists()


def test_by_the_pages_bad_input_is_said_at_its_field(signed_in, page_of_course):
    client = signed_in(author())
    none = bring(client, page_of_course, module="Kept")
    assert (none.status_code, 'value="Kept"' in none.content.decode()) == (422, True)
    broken = bring(client, page_of_course, ("a.zip", b"no zip"))
    assert (broken.status_code, "It cannot be opened" in broken.content.decode()) == (422, True)


def test_the_pages_are_for_those_who_look_after_courses(signed_in, page_of_course):
    assert bring(signed_in(professional()), page_of_course, ("a.md", b"A")).status_code == 403
    shown = bring(signed_in(author()), page_of_course, ("a.md", b"A"))
    other = signed_in(registrar())
    assert other.post(shown.redirect_chain[-1][0]).status_code == 404
    assert not ModulePage.objects.exists()
