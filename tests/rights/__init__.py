"""The table of rights: which role may open which address. One module per room.

tests/test_every_page.py opens every address as every role on the starter content
and compares. An address without a row here fails the test.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

ROLES = (
    "anonymous",
    "professional",
    "operator",
    "expert",
    "lead",
    "host",
    "head",
    "dzongkhag_officer",
    "author",
    "assessor",
    "registrar",
    "bank_officer",
    "administrator",
    "leaver",
)
PUBLIC = frozenset(ROLES)
SIGNED_IN = PUBLIC - {"anonymous"}


@dataclass(frozen=True)
class Right:
    """Who may open an address (GET), and within which bounds."""

    roles: frozenset[str]  # these get `status`
    args: Callable[[], list] = list  # what the address needs, from the starter content
    status: int = 200  # 405 for an address that only takes POST, 302 for one that only leads on
    refused: int = 403  # other signed-in roles: 403, or 404 for what they may not know of
    hidden_from: frozenset[str] = frozenset()  # signed-in roles that get 404 all the same
    queries: int = 25  # at the most
    kilobytes: int = 60  # compressed HTML, at the most
    html: bool = True  # whether to check HTML, headings and labels


def table() -> dict[str, Right]:
    """The name of an address -> who may open it, of every room."""
    rights: dict[str, Right] = {}
    for module in pkgutil.iter_modules(__path__):
        rights |= importlib.import_module(f"{__name__}.{module.name}").RIGHTS
    return rights
