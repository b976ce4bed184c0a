from assessments.bank import bring_file
from assessments.models import Attempt, Marking, Question, Quiz
from tests.rights import SIGNED_IN, Right

ASSESSORS = frozenset({"assessor", "administrator"})
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


def somebodys_marking():
    slot = Attempt.objects.first().slots.first()
    return [Marking.objects.get_or_create(slot=slot)[0].pk]


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
    "assessments:hand_in_file": Right(NOBODY, args=somebodys_slot, refused=404),
    "assessments:answer_file": Right(NOBODY, args=lambda: [1], refused=404),
    "assessments:beat": Right(SIGNED_IN, args=somebodys_attempt, status=405),
    "assessments:finish": Right(SIGNED_IN, args=somebodys_attempt, status=405),
    "assessments:give_up": Right(NOBODY, args=somebodys_attempt, refused=404),
    "assessments:candidates": Right(SIGNED_IN, args=quiz, status=405),
    "assessments:room": Right(ASSESSORS, args=quiz),
    "assessments:sitting": Right(ASSESSORS, args=somebodys_attempt),
    "assessments:grant": Right(SIGNED_IN, args=somebodys_attempt, status=405),
    "assessments:decide": Right(SIGNED_IN, args=somebodys_attempt, status=405),
    "assessments:accommodations": Right(ASSESSORS),
    "assessments:marking_queue": Right(ASSESSORS),
    "assessments:sheet": Right(ASSESSORS),
    "assessments:take_sheet": Right(SIGNED_IN, status=405),
    "assessments:give_back_sheet": Right(SIGNED_IN, status=405),
    "assessments:apply_sheet": Right(SIGNED_IN, status=405),
    # Only who has claimed it sees the answer; an assessor is led to the queue.
    "assessments:marking": Right(ASSESSORS, args=somebodys_marking, status=302),
    "assessments:claim_marking": Right(SIGNED_IN, args=somebodys_marking, status=405),
    "assessments:regrade": Right(ASSESSORS, args=question),
    "assessments:falls": Right(ASSESSORS),
    "assessments:decide_fall": Right(SIGNED_IN, args=lambda: [1], status=405),
    "assessments:quiz": Right(SIGNED_IN, args=quiz),
    "assessments:start": Right(SIGNED_IN, args=quiz, status=405),
}
