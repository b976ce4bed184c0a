"""The demonstration's people by key."""

from pathlib import Path

import yaml

from people.models import User


def cast(folder: Path) -> dict[str, User]:
    """Key of starter/cast.yaml -> the person, of those who are in the registry."""
    entries = yaml.safe_load((folder / "cast.yaml").read_text("utf-8"))
    ids = {entry["employee_id"]: key for key, entry in entries.items()}
    return {ids[person.employee_id]: person for person in User.objects.filter(employee_id__in=ids)}
