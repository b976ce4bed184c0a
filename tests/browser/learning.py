"""Content for the pages of assessment, courses and certification that only some roles see."""

import uuid
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from assessments import human_marking, regrading, services, timing
from assessments.answer_files import hand_in_file
from assessments.bank import bring_file, import_questions
from assessments.models import Attempt, Heartbeat, Question, QuestionVersion
from certification.models import Credential, Scheme
from certification.services import propose
from courses.models import CoursePage
from courses.services import enrol_others, propose_import, request_place
from lms.starter import FOLDER
from people.models import User
from people.starter import cast
from tests.assessments.test_human_marking import essay_quiz
from tests.assessments.test_regrade import BANK, RIGHT, SURE, quiz_of_dns
from tests.live.server import cookie_of

COURSE = "running-a-community-centre"
MORE = "::key:: Which port does DNS use? {~53 =80 =443}"
GIFT = """$CATEGORY: network/lines

// Two that are taken, one that is not.
::line:: Which of these shares one line among <b>all</b> who use it? {=Wi-Fi ~A patch cable}

::rate:: How many megabytes is a minute at 512 kbit/s? {#3.84:0.1####512 kbit/s are 64 kB/s.}

::broken:: Which of them { =one ~two
"""


@transaction.atomic
def seed() -> dict:
    """Pages by name, each with the role that uses it; and a session cookie of each role."""
    people = cast(FOLDER)
    pages = {
        **exam_pages(people),
        **bank_pages(people),
        **course_pages(people),
        **certificate_pages(people),
    }
    roles = {role for role, _path in pages.values()}
    return {"pages": pages, "cookies": {role: cookie_of(people[role]) for role in roles}}


def exam_pages(people) -> dict:
    candidates = list(User.objects.filter(employee_id__startswith="OPR")[:6])
    quiz = essay_quiz(essays=2)
    for candidate in candidates[:4]:
        hand_in(quiz, candidate)
    held = human_marking.queue_for(people["assessor"]).exclude(
        slot__question_version__type="essay"
    )[0]
    human_marking.claim(held, by=people["assessor"])
    sitting = services.start_attempt(quiz, person=candidates[4], cid=uuid.uuid4())
    was_cut(sitting)
    timing.grant_time(sitting, seconds=240, reason="The line was away", by=people["assessor"])
    timing.pause(sitting, by=people["assessor"], reason="Fire alarm")
    services.accommodate(
        candidates[5],
        by=people["assessor"],
        reason="Sees poorly",
        extra_percent=25,
        language="",
        large_print=True,
    )
    own = services.start_attempt(quiz, person=people["operator_2"], cid=uuid.uuid4())
    question = falls_and_differences(people, candidates)
    return {
        "marking queue": ("assessor", reverse("assessments:marking_queue")),
        "marking offline": ("assessor", reverse("assessments:sheet")),
        "file to hand in": (
            "operator_2",
            reverse("assessments:hand_in_file", args=[own.pk, file_slot(own).pk]),
        ),
        "marking sheet": ("assessor", held.get_absolute_url()),
        "exam room": ("assessor", reverse("assessments:room", args=[quiz.slug])),
        "give up": ("operator_2", reverse("assessments:give_up", args=[own.pk])),
        "sitting": ("assessor", reverse("assessments:sitting", args=[sitting.pk])),
        "accommodations": ("assessor", reverse("assessments:accommodations")),
        "regrade": ("assessor", reverse("assessments:regrade", args=[question.ident])),
        "falls": ("assessor", reverse("assessments:falls")),
    }


def file_slot(attempt):
    """A question of a sitting, answered by a file."""
    slot = attempt.slots.filter(question_version__type="essay").first()
    version = QuestionVersion.objects.create(
        question=slot.question_version.question,
        number=2,
        type="file",
        stem="Photograph the cabinet",
        content={},
    )
    slot.question_version = version
    slot.save(update_fields=["question_version"])
    hand_in_file(slot, name="cabinet.log", data=b"port 7 is down")
    return slot


def hand_in(quiz, person) -> Attempt:
    attempt = services.start_attempt(quiz, person=person, cid=uuid.uuid4())
    for slot in attempt.slots.filter(question_version__type="essay"):
        text = "I pulled the cable at the switch and looked which light went out. " * 4
        services.save_response(slot, answer=text, client_seq=1)
    return services.finish_attempt(attempt)


def was_cut(attempt) -> None:
    """Give a sitting a past: ten minutes ago begun, four of them without a sign of life."""
    ago = timedelta(minutes=10)
    attempt.started_at, attempt.deadline = attempt.started_at - ago, attempt.ends_at() - ago
    attempt.save(update_fields=["started_at", "deadline"])
    Heartbeat.objects.bulk_create(
        Heartbeat(attempt=attempt, at=attempt.started_at + timedelta(seconds=second))
        for second in (*range(0, 120, 10), *range(360, 600, 10))
    )


def falls_and_differences(people, candidates) -> Question:
    """Results that wait for a second person, and a key that was corrected once more."""
    quiz = quiz_of_dns()
    for number, candidate in enumerate(candidates):
        attempt = services.start_attempt(quiz, person=candidate, cid=uuid.uuid4())
        for slot in attempt.slots.select_related("question_version__question"):
            key = slot.question_version.question.ident == "key"
            services.save_response(slot, answer=number % 3 if key else True, client_seq=1)
        services.finish_attempt(attempt)
    import_questions(BANK.format(RIGHT, SURE))
    question = Question.objects.get(ident="key")
    regrading.apply_key(question, by=people["administrator"], reason="53 was never right")
    import_questions(BANK.format(MORE, SURE))
    return Question.objects.get(ident="key")


def bank_pages(people) -> dict:
    brought = bring_file(
        GIFT.encode(), name="lines.gift", form="gift", bank="", by=people["author"]
    )
    return {
        "bank": ("author", reverse("assessments:bank")),
        "import of questions": ("author", reverse("assessments:import")),
        "import preview": ("author", brought.get_absolute_url()),
        "question": ("assessor", Question.objects.get(ident="key").get_absolute_url()),
    }


def course_pages(people) -> dict:
    course = CoursePage.objects.get(slug=COURSE)
    today = timezone.localdate()
    course.owner_person, course.joining, course.review_by = None, "request", today
    course.save(update_fields=["owner_person", "joining", "review_by"])
    operators = list(User.objects.filter(employee_id__startswith="OPR0")[:14])
    enrol_others(course, operators[:8], by=people["author"], due_on=today + timedelta(days=9))
    enrol_others(course, operators[8:10], by=people["author"], invite=True)
    for person in operators[10:12]:
        request_place(course, person=person)
    other = CoursePage.objects.exclude(pk=course.pk).live().first()
    enrol_others(other, [people["operator_2"]], by=people["author"], due_on=today)
    files = [
        SimpleUploadedFile("01 The line.md", b"# The line\n\nLook at the lamp first.\n"),
        SimpleUploadedFile("02 The switch.html", b"<h1>The switch</h1><p>Pull one cable.</p>"),
        SimpleUploadedFile("03 broken.docx", b"not a document"),
        SimpleUploadedFile("04 plan.xlsx", b"a table"),
    ]
    proposal = propose_import(
        course, files, module="Finding faults", publish=False, by=people["author"]
    )
    return {
        "people of a course": ("author", reverse("courses:people", args=[course.pk])),
        "care of courses": ("author", reverse("courses:care")),
        "versions": ("author", reverse("courses:versions", args=[course.pk])),
        "care and checklist": ("author", reverse("courses:take_over", args=[course.pk])),
        "import of documents": ("author", reverse("courses:import_units", args=[course.pk])),
        "report on documents": ("author", reverse("courses:import_report", args=[proposal.pk])),
        "my learning": ("operator_2", reverse("my_learning")),
    }


def certificate_pages(people) -> dict:
    held = Credential.objects.filter(holder=people["operator_2"]).first()
    scheme = Scheme.objects.first()
    propose("suspend", by=people["administrator"], reason="Under inquiry", credential=held)
    propose(
        "issue",
        by=people["administrator"],
        reason="Certified on paper before this site was there",
        scheme=scheme,
        holder=people["operator"],
    )
    centre = held.holder.open_posting.centre
    return {
        "certificate to change": (
            "registrar",
            reverse("certification:certificate", args=[held.serial]),
        ),
        "refreshers": ("registrar", reverse("certification:refreshers")),
        "proposals": ("registrar", reverse("certification:proposals")),
        "scheme": ("registrar", reverse("certification:scheme", args=[scheme.code])),
        "readiness": ("bank_officer", reverse("certification:readiness")),
        "readiness of a centre": (
            "bank_officer",
            reverse("certification:readiness_of", args=[centre.code]),
        ),
    }
