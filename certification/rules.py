"""Who may do what with certificates."""

from decimal import Decimal


def may_keep_certificates(person) -> bool:
    """Registrars and administrators issue without a course and take certificates back."""
    return bool({"registrar", "administrator"} & person.roles)


def reaches(percent: Decimal | None, pass_mark: Decimal) -> bool:
    """A scheme with a pass mark wants a result of that height; one with 0 wants none."""
    return pass_mark == 0 or (percent is not None and percent >= pass_mark * 100)
