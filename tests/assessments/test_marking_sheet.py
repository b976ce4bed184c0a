"""Marks that are given without a network: a table out, and back with a report for each row."""

import csv
import io
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments import human_marking, services
from assessments.models import Attempt, Marking
from tests.assessments.test_human_marking import essay_quiz
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db
ESSAY = "=HYPERLINK(1) I looked at the lamp."


@pytest.fixture
def assessor():
    return PersonFactory(groups=["assessor"])


@pytest.fixture
def attempt():
    quiz = essay_quiz()
    attempt = services.start_attempt(quiz, person=PersonFactory(name="Pema"), cid=uuid.uuid4())
    slot = attempt.slots.get(question_version__type="essay")
    services.save_response(slot, answer=ESSAY, client_seq=1)
    return services.finish_attempt(attempt)


def taken(browser) -> list[dict]:
    answer = browser.post(reverse("assessments:take_sheet"))
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def as_file(rows, form="utf-8-sig") -> SimpleUploadedFile:
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return SimpleUploadedFile("marking.csv", out.getvalue().encode(form))


def shown(browser, file):
    return browser.post(reverse("assessments:sheet"), {"file": file})


def apply(browser, page):
    signed = re.search(r'name="rows" value="([^"]+)"', page.content.decode())[1]
    return browser.post(reverse("assessments:apply_sheet"), {"rows": signed}, follow=True)


def test_a_sheet_comes_back_with_a_report_and_marks_once(attempt, assessor, signed_in):
    browser = signed_in(assessor)
    rows = taken(browser)
    assert {row["candidate"] for row in rows} == {f"Candidate {attempt.pk}"}
    by_criteria = {row["criteria"]: row for row in rows}
    assert set(by_criteria) == {"percent 0-100", "Safe 0-3; Done 0-7"}
    by_criteria["percent 0-100"] |= {"points": "95", "comment": "Good. Name the lamp."}
    assert by_criteria["percent 0-100"]["answer"] == f"'{ESSAY}"
    by_criteria["Safe 0-3; Done 0-7"]["points"] = "3; 6"
    page = shown(browser, as_file(rows))
    assert page.content.decode().count("will be marked") == 2
    assert not Marking.objects.filter(marker__isnull=False).exists()
    apply(browser, page)
    attempt = Attempt.objects.get(pk=attempt.pk)
    assert (attempt.state, float(attempt.score_percent)) == ("finished", 92.5)
    again = shown(browser, as_file(rows)).content.decode()
    assert again.count("marked already, the same") == 2
    assert 'name="rows"' not in again


def test_each_row_that_is_not_taken_says_why(attempt, assessor, signed_in):
    browser = signed_in(assessor)
    essay, observation = sorted(taken(browser), key=lambda row: row["criteria"], reverse=True)
    rows = [
        essay | {"points": "101"},
        essay | {"points": "50"},
        observation | {"points": "3"},
        essay | {"marking": "999999", "points": "5"},
        essay | {"marking": "x" * 50, "points": "-5"},
        essay | {"marking": "7777", "points": ""},
    ]
    text = shown(browser, as_file(rows, "utf-16")).content.decode()
    for sentence in (
        "At most 100 points.",
        "This answer stands in an earlier row too.",
        "Points are 2 whole numbers",
        "There is no such answer to mark.",
        "no points, left out",
    ):
        assert sentence in text
    for data, sentence in (
        (b"", "The file is empty"),
        (b"PK\x03\x04", "Save the sheet as CSV"),
        (b"a,b\n1,2\n", "no header of this kind"),
        (b"\x00\x01", "no text table"),
        (b"x" * (2 * 2**20 + 1), "larger than 2 MB"),
    ):
        page = shown(browser, SimpleUploadedFile("a.csv", data))
        assert page.status_code == 422
        assert sentence in page.content.decode()


def test_a_report_counts_for_its_marker_and_what_is_held_now(attempt, assessor, signed_in):
    browser, other = signed_in(assessor), PersonFactory(groups=["assessor"])
    rows = [row | {"points": "80"} for row in taken(browser) if row["criteria"][0] == "p"]
    assert list(human_marking.queue_for(other)) == []
    page = shown(browser, as_file(rows))
    apply(signed_in(other), page)  # of somebody else
    browser.post(reverse("assessments:give_back_sheet"))
    assert human_marking.queue_for(other).count() == 2
    text = apply(browser, page).content.decode()
    assert "You do not hold this answer, or not any more." in text
    assert not Marking.objects.filter(marker__isnull=False).exists()
    assert signed_in(attempt.person).get(reverse("assessments:sheet")).status_code == 403
