"""A course goes out as an open folder and comes back: the folder of that is the same."""

import io
import re

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import example, given
from hypothesis import strategies as st
from wagtail.documents.models import Document
from wagtail.images.models import Image

from assessments.bank import import_questions
from assessments.models import Question, Quiz
from courses.markdown import pieces
from courses.models import CoursePage, ModulePage, UnitPage
from courses.services import export_course, folder_hash, publish_version
from courses.services.exporting import body_of, unfenced
from courses.starter import load_course
from lms.starter import FOLDER
from people.models import User
from tests.factories.courses import CompetencyFactory, course
from tests.factories.documents import png
from tests.factories.people import professional

pytestmark = pytest.mark.django_db
GIFT = """$CATEGORY: lines/first

::one::Which lamp means that there is no line?{=red#Right. ~green#No.####See unit 1.}

::two::How many lamps?{#4:1}

$CATEGORY: lines/checks

::check-me::Match.{=red -> no line =green -> line =blue -> standby}
"""
TEXT = """Some **bold** and *slanted* `code` with [a link](https://example.org/).

## Lamps

1. red
2. green

- one
- two
"""


def quiz_of_lines() -> Quiz:
    import_questions(GIFT)
    quiz = Quiz.objects.create(slug="lines-final", title="Lines", grace_seconds=45)
    category = Question.objects.get(ident="one").category
    quiz.draws.create(category=category, count=2, order=1)
    return quiz


def as_an_editor_makes_it(owner) -> CoursePage:
    """A course with every block, as the editor stores them."""
    competency = CompetencyFactory(code="NET-01")
    page = course(
        units=1, title="Lines", quiz=quiz_of_lines(), competencies=[competency],
        owner_person=owner, joining="request", audience=("officials", "operators"),
    )  # fmt: skip
    page.prerequisites.create(completed=course(title="Before"))
    page.prerequisites.create(competency=competency, level=competency.framework.levels.last())
    image = Image.objects.create(title="A router", file=ContentFile(png(), "router.png"))
    paper = Document.objects.create(title="A form", file=ContentFile(b"%PDF-1.4", "form.pdf"))
    sound = Document.objects.create(title="Heard", file=ContentFile(b"ID3", "heard.mp3"))
    module = page.add_child(instance=ModulePage(title="Faults", slug="faults"))
    first = module.add_child(
        instance=UnitPage(title="Every block: all", summary="S", minutes=9, body=[("text", "")])
    )
    after = module.add_child(instance=UnitPage(title="After", body=[("text", "<p>x</p>")]))
    rows = [
        {"type": "text", "value": f'<p data-block-key="a1">To <a id="{after.pk}" linktype="page">'
         f'it</a> and <a linktype="document" id="{paper.pk}">that</a>.</p>'},
        {"type": "text", "value": "<p>A second text.</p>"},
        {"type": "image", "value": {"image": image.pk, "alt": "Red [lamp]", "caption": 'A "cap"'}},
        {"type": "code", "value": {"language": "block", "code": "type: text\n\n"}},
        {"type": "code", "value": {"language": "sh", "code": "echo '```'\nls"}},
        {"type": "callout", "value": {"kind": "warning", "text": "<p>Careful.</p>"}},
        {"type": "table", "value": {
            "data": [["a|b", None], ["1", "2"]], "first_row_is_table_header": False,
            "first_col_is_header": True, "table_caption": "Lamps"}},
        {"type": "download", "value": {"document": paper.pk, "title": "The form"}},
        {"type": "media", "value": {
            "kind": "audio", "title": "Heard", "sound": None, "small": sound.pk, "large": None,
            "transcript": "Words.\n\nMore: words"}},
        {"type": "check", "value": {"question": Question.objects.get(ident="check-me").pk}},
        {"type": "quiz", "value": {"quiz": page.quiz_id}},
    ]  # fmt: skip
    first.body = UnitPage._meta.get_field("body").stream_block.to_python(rows)
    first.save()
    publish_version(page)
    return page


def people() -> dict[str, User]:
    return {person.employee_id: person for person in User.objects.all()}


def test_a_course_of_the_editor_comes_back_equal_on_an_empty_site(tmp_path):
    owner = professional()
    with transaction.atomic():
        page = as_an_editor_makes_it(owner)
        before = [unit["body"] for unit in page.versions.first().units.values("body")]
        names = export_course(page, tmp_path / "first")
        transaction.set_rollback(True)
    assert names[0] == "course.yaml"
    assert [name for name in names if name.startswith("units/")] == [
        "units/01-unit-1.md", "units/02-every-block-all.md", "units/03-after.md",
    ]  # fmt: skip
    assert not CoursePage.objects.exists()

    CompetencyFactory(code="NET-01")
    course(title="Before")
    loaded = load_course(tmp_path / "first", people())
    export_course(loaded, tmp_path / "second")
    assert folder_hash(tmp_path / "second") == folder_hash(tmp_path / "first")
    kinds = [[block["type"] for block in body] for body in before]
    after = loaded.versions.first().units.values_list("body", flat=True)
    assert [[block["type"] for block in body] for body in after] == kinds
    assert (loaded.owner_person, loaded.joining) == (owner, "request")
    assert load_course(tmp_path / "first", people()).versions.count() == 1  # safe to repeat


@pytest.mark.parametrize("slug", ["running-a-community-centre", "securing-a-small-agency"])
def test_a_starter_course_comes_back_equal(tmp_path, slug):
    source = FOLDER / "courses" / slug
    text = (source / "course.yaml").read_text("utf-8")
    with transaction.atomic():
        for code in set(re.findall(r"code: ([\w-]+)", text)):
            CompetencyFactory(code=code)
        export_course(load_course(source, {}), tmp_path / "first")
        transaction.set_rollback(True)
    for code in set(re.findall(r"code: ([\w-]+)", text)):
        CompetencyFactory(code=code)
    loaded = load_course(tmp_path / "first", {})
    export_course(loaded, tmp_path / "second")
    assert folder_hash(tmp_path / "second") == folder_hash(tmp_path / "first")
    units = sorted((tmp_path / "first" / "units").iterdir())
    assert len(units) == 8
    assert "## " in units[0].read_text("utf-8")  # for people to read, not fenced


def test_plain_text_stays_markdown():
    [piece] = pieces(TEXT)
    body = body_of([("text", piece.value)])
    assert "```" not in body
    assert [unfenced(part) for part in pieces(body)] == [("text", piece.value)]


@given(st.lists(st.tuples(st.sampled_from(["text", "code"]), st.text(max_size=60)), max_size=4))
@example([("text", "\x85 \u2028 \r\n \x00"), ("code", "```\r\n~~~\x85")])
def test_any_block_comes_back(rows):
    blocks = [
        (kind, text if kind == "text" else {"language": text[:5], "code": text})
        for kind, text in rows
    ]
    assert [unfenced(part) for part in pieces(body_of(blocks))] == blocks


def test_by_command_and_what_is_wrong_is_said(tmp_path):
    page = course(units=1)
    folder = tmp_path / "out"
    call_command("export_course", page.slug, str(folder), stdout=(out := io.StringIO()))
    assert out.getvalue().strip() == folder_hash(folder)
    call_command("import_course", str(folder), stdout=(said := io.StringIO()))
    assert said.getvalue() == "Cabling: version 1\n"
    with pytest.raises(CommandError, match="no empty folder"):
        call_command("export_course", page.slug, str(folder))
    with pytest.raises(CommandError, match="There is no course"):
        call_command("export_course", "none", str(tmp_path / "other"))
    unit = folder / "units" / "01-unit-1.md"
    unit.write_text(unit.read_text("utf-8") + "\n![x](../../../etc/passwd)\n", "utf-8")
    with pytest.raises(CommandError, match="leads out"):
        call_command("import_course", str(folder))
    with pytest.raises(CommandError, match=r"no course\.yaml"):
        call_command("import_course", str(tmp_path))
