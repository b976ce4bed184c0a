"""What editors uploaded is fetched by those who may read a unit that shows it, and never run."""

from io import BytesIO

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.urls import reverse
from PIL import Image as Canvas
from wagtail.documents.models import Document
from wagtail.images.models import Image

from courses.models import UnitVersion
from courses.services import publish_version
from people.audiences import person_token
from tests.factories.courses import course
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>1</script></svg>'


def drawn(width=40, height=30) -> bytes:
    content = BytesIO()
    Canvas.new("RGB", (width, height)).save(content, "PNG")
    return content.getvalue()


def picture(name="rack.png") -> Image:
    content = drawn() if name.endswith("png") else SVG
    return Image.objects.create(title=name, file=ContentFile(content, name=name))


def document(name="steps.html") -> Document:
    return Document.objects.create(
        title=name, file=ContentFile(b"<script>alert(1)</script>", name=name)
    )


def course_for(*tokens, blocks):
    page = course(units=1, audience=tokens)
    unit = page.get_children().get().specific
    unit.body = blocks
    unit.save()
    publish_version(page)
    return page


def picture_block(image):
    return ("image", {"image": image, "alt": "A rack", "caption": ""})


@pytest.fixture
def reader():
    return PersonFactory()


@pytest.fixture
def stranger():
    return PersonFactory()


def fetch(browser, address, **headers):
    response = browser.get(address, headers=headers)
    response.close()  # or its file stays open
    return response


def addresses_of(image: Image) -> list[str]:
    smaller = image.renditions.create(
        filter_spec="width-20",
        width=20,
        height=15,
        file=ContentFile(drawn(20, 15), name="rack.width-20.png"),
    )
    return [image.file.url, smaller.url]


def test_a_picture_and_its_copies_are_for_those_who_may_read_the_unit(signed_in, reader, stranger):
    image = picture()
    course_for(person_token(reader.pk), blocks=[picture_block(image)])
    for address in addresses_of(image):
        assert fetch(signed_in(reader), address).status_code == 200
        assert fetch(signed_in(stranger), address).status_code == 404


def test_a_picture_of_a_public_course_needs_no_sign_in_and_one_for_all_staff_does(client):
    shown, hidden = picture("a.png"), picture("b.png")
    course_for("public", blocks=[picture_block(shown)])
    course_for("everyone", blocks=[picture_block(hidden)])
    assert [fetch(client, image.file.url).status_code for image in (shown, hidden)] == [200, 404]


def test_a_learner_of_an_older_version_still_sees_its_pictures(signed_in, reader):
    image = picture()
    page = course_for("everyone", blocks=[picture_block(image)])
    unit = page.get_children().get().specific
    unit.body = [("text", "<p>Without a picture now</p>")]
    unit.save()
    publish_version(page)
    assert UnitVersion.objects.filter(version__course=page).last().pictures.count() == 0
    assert fetch(signed_in(reader), image.file.url).status_code == 200


def test_what_no_unit_shows_is_for_editors(signed_in, reader, client):
    image, editor = picture(), PersonFactory(is_staff=True, is_superuser=True)
    for address in addresses_of(image):
        found = [fetch(visitor, address).status_code for visitor in (client, signed_in(reader))]
        assert found == [404, 404]
        assert fetch(signed_in(editor), address).status_code == 200


@pytest.mark.parametrize("form", ["link", "download", "media"])
def test_a_document_is_for_those_who_may_read_the_unit(signed_in, reader, stranger, form):
    file = document()
    blocks = {
        "link": ("text", f'<p><a linktype="document" id="{file.pk}">Steps</a></p>'),
        "download": ("download", {"document": file, "title": "Steps"}),
        "media": (
            "media",
            {"kind": "audio", "title": "S", "small": file, "large": None, "transcript": "s"},
        ),
    }
    page = course_for(person_token(reader.pk), blocks=[blocks[form]])
    body = signed_in(reader).get(page.get_children().get().url)
    assert file.url in body.content.decode()
    assert fetch(signed_in(reader), file.url).status_code == 200
    assert fetch(signed_in(stranger), file.url).status_code == 404


def test_a_document_has_no_second_address_past_the_rule(signed_in, reader):
    file = document()
    course_for("everyone", blocks=[("download", {"document": file, "title": "Steps"})])
    assert fetch(signed_in(reader), file.file.url).status_code == 404


def test_a_document_that_is_html_is_kept_and_not_shown(signed_in, reader):
    file = document()
    course_for("everyone", blocks=[("download", {"document": file, "title": "Steps"})])
    response = fetch(signed_in(reader), file.url)
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Security-Policy"] == "default-src 'none'"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_an_svg_keeps_its_type_and_runs_nothing(signed_in, reader):
    image = picture("plan.svg")
    course_for("everyone", blocks=[picture_block(image)])
    response = fetch(signed_in(reader), image.file.url)
    assert response["Content-Type"] == "image/svg+xml"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "private" in response["Cache-Control"]


def test_a_browser_that_has_the_picture_is_told_so_but_not_a_stranger(signed_in, reader, stranger):
    image = picture()
    course_for(person_token(reader.pk), blocks=[picture_block(image)])
    etag = fetch(signed_in(reader), image.file.url)["ETag"]
    known = {"If-None-Match": etag}
    assert fetch(signed_in(reader), image.file.url, **known).status_code == 304
    assert fetch(signed_in(stranger), image.file.url, **known).status_code == 404


@pytest.mark.parametrize(
    "path", ["", "..", "../beside.txt", "images", "%2e%2e/beside.txt", "a\x00b"]
)
def test_no_path_leads_out_of_the_uploads(signed_in, path):
    editor = PersonFactory(is_staff=True, is_superuser=True)
    (settings.HOME / "beside.txt").touch()
    assert fetch(signed_in(editor), f"/media/{path}").status_code == 404


def test_a_picture_query_count(signed_in, django_assert_num_queries, reader):
    image = picture()
    for number in range(3):
        course_for("everyone", f"group:{number}", blocks=[picture_block(image)])
    browser = signed_in(reader)
    # session, person, picture, unit; rights of person and groups; and what makes their audience
    with django_assert_num_queries(11):
        assert fetch(browser, reverse("media", args=[image.file.name])).status_code == 200
