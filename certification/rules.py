"""Who may do what with certificates and readiness."""


def may_keep_certificates(person) -> bool:
    """Registrars and administrators propose and confirm, and write schemes; two for each act."""
    return bool({"registrar", "administrator"} & person.roles)


def may_decide(person, proposal) -> bool:
    """Another keeper than the one who proposed; for the rule engine's own, two after it."""
    return may_keep_certificates(person) and proposal.proposed_by_id != person.pk


def may_see_every_centre(person) -> bool:
    """The parent agency, the bank and the administrators see the whole country."""
    return bool({"registrar", "administrator", "bank_officer"} & person.roles)


def may_see_readiness(person) -> bool:
    """Dzongkhag officers see their dzongkhag, operators their own centre."""
    return may_see_every_centre(person) or bool({"dzongkhag_officer", "operator"} & person.roles)
