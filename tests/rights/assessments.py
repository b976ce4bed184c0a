from assessments.bank import bring_file
from assessments.models import Attempt, Question, Quiz
from tests.rights import SIGNED_IN, Right

EDITORS = frozenset({"author", "assessor", "administrator"})


def quiz():
    return [Quiz.objects.first().slug]


def question():
    return [Question.objects.first().ident]


def somebodys_file():
    author = Attempt.objects.first().person
    return [bring_file(b"A {T}", name="a.gift", form="gift", bank="", by=author).pk]


def somebodys_attempt():
    return [Attempt.objects.first().pk]


def somebodys_slot():
    slot = Attempt.objects.first().slots.first()
    return [slot.attempt_id, slot.pk]


NOBODY: frozenset[str] = frozenset()
RIGHTS = {
    "assessments:bank": Right(EDITORS),
    "assessments:import": Right(EDITORS),
    "assessments:export": Right(EDITORS, status=302),
    "assessments:brought": Right(NOBODY, args=somebodys_file, refused=404),
    "assessments:take": Right(SIGNED_IN, args=somebodys_file, status=405),
    "assessments:question": Right(EDITORS, args=question),
    "assessments:check_question": Right(SIGNED_IN, args=question, status=405),
    "assessments:attempt": Right(NOBODY, args=somebodys_attempt, refused=404),
    "assessments:review": Right(NOBODY, args=somebodys_attempt, refused=404),
    "assessments:save": Right(SIGNED_IN, args=somebodys_attempt, status=405),
    "assessments:save_one": Right(SIGNED_IN, args=somebodys_slot, status=405),
    "assessments:quiz": Right(SIGNED_IN, args=quiz),
    "assessments:start": Right(SIGNED_IN, args=quiz, status=405),
}
