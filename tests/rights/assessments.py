from assessments.models import Attempt, Question, Quiz
from tests.rights import SIGNED_IN, Right

EDITORS = frozenset({"author", "assessor", "administrator"})


def quiz():
    return [Quiz.objects.first().slug]


def question():
    return [Question.objects.first().ident]


def somebodys_attempt():
    return [Attempt.objects.first().pk]


def somebodys_slot():
    slot = Attempt.objects.first().slots.first()
    return [slot.attempt_id, slot.pk]


NOBODY: frozenset[str] = frozenset()
RIGHTS = {
    "assessments:bank": Right(EDITORS),
    "assessments:import": Right(EDITORS),
    "assessments:confirm_import": Right(SIGNED_IN, status=405),
    "assessments:question": Right(EDITORS, args=question),
    "assessments:check_question": Right(SIGNED_IN, args=question, status=405),
    "assessments:attempt": Right(NOBODY, args=somebodys_attempt, refused=404),
    "assessments:review": Right(NOBODY, args=somebodys_attempt, refused=404),
    "assessments:save": Right(SIGNED_IN, args=somebodys_attempt, status=405),
    "assessments:save_one": Right(SIGNED_IN, args=somebodys_slot, status=405),
    "assessments:quiz": Right(SIGNED_IN, args=quiz),
    "assessments:start": Right(SIGNED_IN, args=quiz, status=405),
}
