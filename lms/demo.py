"""The demonstration: who may sign in, with what, and what for. Only with DEMO=1."""

from typing import NamedTuple

import yaml
from django.conf import settings

from people.starter import DEMO_PASSWORD

PASSWORD = DEMO_PASSWORD


class SignIn(NamedTuple):
    key: str
    employee_id: str
    says: str


def sign_ins() -> list[SignIn]:
    """The demonstration's people, from starter/cast.yaml; empty outside a demonstration."""
    if not settings.DEMO:
        return []
    cast = yaml.safe_load((settings.BASE_DIR / "starter" / "cast.yaml").read_text("utf-8"))
    return [SignIn(key, entry["employee_id"], entry["says"]) for key, entry in cast.items()]
