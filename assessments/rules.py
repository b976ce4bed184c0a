"""Who may do what with the bank."""


def may_edit_bank(person) -> bool:
    """Authors, assessors and administrators write and see questions with their keys."""
    return bool({"author", "assessor", "administrator"} & person.roles)
