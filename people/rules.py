"""Who may do what with the registry."""


def may_keep_registry(person) -> bool:
    """Registrars and administrators import files and hand out sign-in codes."""
    return bool({"registrar", "administrator"} & person.roles)


def may_see_holdings(viewer, person) -> bool:
    """What a person holds is for that person, their supervisor, and who keeps the registry."""
    if viewer == person or may_keep_registry(viewer):
        return True
    posting = person.open_posting
    return bool(posting and posting.supervisor_id == viewer.pk)
