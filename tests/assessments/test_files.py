"""A question that is answered by a file: handed in, kept inert, fetched by whoever may."""

import re
import uuid
from io import BytesIO

import pypdfium2 as pdfium
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from assessments import human_marking, services, timing
from assessments.answer_files import MOST_FILES
from assessments.models import AnswerFile, Attempt, Marking, Question, QuestionVersion, Response
from people.storage import private_files
from tests.assessments.test_human_marking import essay_quiz
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db
LOG = b"port 7 is down\n"


@pytest.fixture
def person():
    return PersonFactory(name="Karma Dema")


@pytest.fixture
def assessor():
    return PersonFactory(groups=["assessor"])


@pytest.fixture
def slot(person):
    """The slot of a file question in a sitting of one essay, one file, one observation."""
    quiz = essay_quiz(essays=2)
    question = Question.objects.get(ident="w1")
    question.current = QuestionVersion.objects.create(
        question=question, number=2, type="file", stem="Send the log", content={}
    )
    question.save()
    attempt = services.start_attempt(quiz, person=person, cid=uuid.uuid4())
    return attempt.slots.get(question_version__type="file")


def hand_in(browser, slot, data, name="karma dema.log", **options):
    address = reverse("assessments:hand_in_file", args=[slot.attempt_id, slot.pk])
    return browser.post(address, {"file": SimpleUploadedFile(name, data)}, **options)


def kept_files() -> set:
    return set(private_files().base_location.rglob("answers/**/*.txt"))


def photo() -> bytes:
    """A picture that tells where it was taken."""
    picture, out = Image.new("RGB", (60, 40), "teal"), BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "27.4712 N"
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue() + b"<script>alert(1)</script>"


def pdf_that_acts() -> bytes:
    """A page and a filled form, with a script, a program to start and a file attached."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/OpenAction 5 0 R/AA<</WC 5 0 R>>/AcroForm<</Fields[8 0 R]>>"
        b"/Names<</JavaScript<</Names[(a) 5 0 R]>>/EmbeddedFiles<</Names[(x.exe) 7 0 R]>>>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Annots[6 0 R 8 0 R]"
        b"/Resources<</Font<</F 9 0 R>>>>/AA<</O 5 0 R>>>>",
        b"<</Length 45>>stream\nBT /F 18 Tf 20 100 Td (Port seven is down) Tj ET\nendstream",
        b"<</S/JavaScript/JS(app.alert\\(1\\))>>",
        b"<</Type/Annot/Subtype/Link/Rect[0 0 300 200]/A<</S/Launch/F(cmd.exe)>>>>",
        b"<</Type/Filespec/F(x.exe)/EF<</F 10 0 R>>>>",
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(1)/Rect[9 9 99 30]/AA<</K 5 0 R>>>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Type/EmbeddedFile/Length 2>>stream\nMZ\nendstream",
    ]
    lines = [b"%d 0 obj\n%s\nendobj\n" % row for row in enumerate(objects, start=1)]
    return b"%PDF-1.7\n" + b"".join(lines) + b"trailer<</Size 11/Root 1 0 R>>\n%%EOF\n"


def test_a_pdf_keeps_its_pages_and_nothing_that_acts(slot, person, signed_in):
    browser = signed_in(person)
    for _twice in range(2):
        assert hand_in(browser, slot, pdf_that_acts(), "report.pdf").status_code == 302
    given = browser.get(AnswerFile.objects.get().get_absolute_url())
    content = b"".join(given)
    assert given["Content-Type"] == "application/pdf"
    assert given["Content-Disposition"].startswith("attachment")
    assert "sandbox" in given["Content-Security-Policy"]
    acting = rb"/(JS|JavaScript|OpenAction|AA|Launch|EmbeddedFile|Annots|AcroForm|Names)\b"
    assert re.search(acting, pdf_that_acts())
    assert not re.search(acting, content)
    document = pdfium.PdfDocument(content)
    assert document[0].get_textpage().get_text_range() == "Port seven is down"
    assert document[0].get_size() == (300, 200)


def test_a_file_is_handed_in_once_replaced_and_fetched_by_its_candidate(slot, person, signed_in):
    browser = signed_in(person)
    for _twice in range(2):
        page = hand_in(browser, slot, LOG, follow=True)
        assert "karma dema.log" in page.content.decode()
    hand_in(browser, slot, photo(), "there.jpg")
    first, second = AnswerFile.objects.all()
    answers = list(Response.objects.filter(slot=slot).values_list("client_seq", "answer"))
    assert answers == [
        (1, {"file": first.pk, "name": "karma dema.log"}),
        (2, {"file": second.pk, "name": "there.jpg"}),
    ]
    given = browser.get(second.get_absolute_url())
    content = b"".join(given)
    assert given["Content-Type"] == "image/webp"
    assert given["Content-Disposition"] == f'attachment; filename="answer-{second.pk}.webp"'
    assert "sandbox" in given["Content-Security-Policy"]
    assert Image.open(BytesIO(content)).getexif() == {}
    assert b"script" not in content
    assert signed_in(PersonFactory()).get(second.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "a.bin is empty."),
        (b"MZ\x00\x01\x02\x03", "neither a picture"),
        (b"\x89PNG\r\n\x1a\n broken", "no picture that can be read"),
        (b"%PDF-1.7 broken", "no PDF that can be read"),
        (b"x" * (2**20 + 1), "larger than 1 MB"),
        (b"x" * (10 * 2**20 + 1), "larger than 10 MB"),
    ],
)
def test_what_is_not_taken_is_named_and_nothing_is_kept(slot, person, signed_in, data, sentence):
    page = hand_in(signed_in(person), slot, data, "a.bin")
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert not AnswerFile.objects.exists()


def test_a_refused_form_keeps_the_file_and_keeping_the_rest_does_not_erase_it(
    slot, person, signed_in
):
    browser = signed_in(person)
    hand_in(browser, slot, LOG)
    essay = slot.attempt.slots.get(question_version__type="essay")
    save = reverse("assessments:save", args=[slot.attempt_id])
    for text, status in (("x" * 20_001, 422), ("The port.", 302)):
        answer = browser.post(save, {f"s{essay.pk}-answer": text, f"s{essay.pk}-base": "0"})
        assert answer.status_code == status
    assert services.current_answers(slot.attempt)[slot.pk]["name"] == "karma dema.log"
    one = reverse("assessments:save_one", args=[slot.attempt_id, slot.pk])
    assert browser.post(one, {"seq": "5"}).status_code == 404


def test_after_the_end_and_in_a_pause_no_file_is_left_behind(slot, person, assessor, signed_in):
    browser, before = signed_in(person), kept_files()
    timing.pause(slot.attempt, by=assessor, reason="Fire alarm")
    page = hand_in(browser, slot, LOG)
    assert page.status_code == 422
    assert "stopped the clock" in page.content.decode()
    timing.resume(slot.attempt, by=assessor, reason="It was nothing")
    services.finish_attempt(slot.attempt)
    assert hand_in(browser, slot, LOG).status_code == 302
    assert not AnswerFile.objects.exists()
    assert kept_files() == before


def test_the_store_of_one_answer_is_bounded(slot, person, signed_in):
    browser = signed_in(person)
    for number in range(MOST_FILES):
        assert hand_in(browser, slot, LOG + b"%d" % number).status_code == 302
    assert hand_in(browser, slot, b"one more").status_code == 422
    assert hand_in(browser, slot, LOG + b"0").status_code == 302  # one of them again


def test_the_marker_fetches_it_without_a_name_and_the_candidate_reads_the_comment(
    slot, person, assessor, signed_in
):
    candidate, marker = signed_in(person), signed_in(assessor)
    hand_in(candidate, slot, LOG)
    services.finish_attempt(Attempt.objects.get(pk=slot.attempt_id))
    file = AnswerFile.objects.get()
    assert marker.get(file.get_absolute_url()).status_code == 404  # not claimed
    row = Marking.objects.get(slot=slot)
    human_marking.claim(row, by=assessor)
    page = marker.get(row.get_absolute_url()).content.decode()
    assert file.get_absolute_url() in page
    assert "karma dema" not in page.lower()
    assert b"".join(marker.get(file.get_absolute_url())) == LOG
    review = reverse("assessments:review", args=[slot.attempt_id])
    human_marking.give_mark(row, by=assessor, points=[95], comment="Name the switch too.")
    assert "Name the switch too." not in candidate.get(review).content.decode()
    for other in human_marking.queue_for(assessor):
        human_marking.claim(other, by=assessor)
        most = [points for _text, points in human_marking.rubric_of(other.slot.question_version)]
        human_marking.give_mark(other, by=assessor, points=most)
    shown = candidate.get(review).content.decode()
    assert "Name the switch too." in shown
    assert file.get_absolute_url() in shown
    assert assessor.name not in shown
