"""Who may do what with the bank, in the exam room and with the work of candidates."""


def may_edit_bank(person) -> bool:
    """Authors, assessors and administrators write and see questions with their keys."""
    return bool({"author", "assessor", "administrator"} & person.roles)


def may_assess(person) -> bool:
    """Assessors and administrators invigilate, mark and regrade."""
    return bool({"assessor", "administrator"} & person.roles)


def may_assess_attempt(person, attempt) -> bool:
    """Nobody grants time to, marks or regrades an attempt of their own."""
    return person.pk != attempt.person_id and may_assess(person)
