"""Bringing in a framework and its role profiles, row by row. Safe to repeat."""

from dataclasses import asdict, dataclass
from pathlib import Path

from django.core.validators import slug_re
from django.db import transaction
from django.db.models import Model

from competencies.models import Competency, Descriptor, Framework, Level, RoleProfile, Target
from people.models import TrackLevel
from people.tables import named_rows

LEVELS = ("Entry", "Experienced", "Advanced")
FRAMEWORK_COLUMNS = (
    "pool_code", "pool", "competency_area", "competency_code", "key_competency", "definition",
    "proficiency_level", "behavioural_indicator", "renew_every_months",
)  # fmt: skip
PROFILE_COLUMNS = (
    "profile_code", "profile", "pool_code", "track_code", "level", "competency_code",
    "target_level", "critical",
)  # fmt: skip
COMPETENCY_FIELDS = {
    "competency_code": "code",
    "key_competency": "name",
    "competency_area": "area",
    "pool_code": "pool_code",
    "pool": "pool_name",
}
PROFILE_FIELDS = {"profile_code": "code", "profile": "name", "pool_code": "pool_code"}
LONGEST = 600  # months; evidence that holds for more than fifty years needs no renewal


@dataclass(frozen=True)
class Row:
    line: int
    id: str
    outcome: str  # taken, unchanged, refused
    column: str = ""
    message: str = ""

    def as_dict(self) -> dict:
        return asdict(self)


class Refused(Exception):
    def __init__(self, column: str, message: str):
        super().__init__(message)
        self.column, self.message = column, message


@transaction.atomic
def import_framework(path: Path) -> list[Row]:
    """Take framework.csv: one row is one level of one competency."""
    framework, _made = Framework.objects.get_or_create(
        code="commons", defaults={"name": "Starter competency framework"}
    )
    for order, name in enumerate(LEVELS, start=1):
        Level.objects.get_or_create(framework=framework, order=order, defaults={"name": name})
    levels = {level.name: level for level in framework.levels.all()}
    return [
        _judge(line, row["competency_code"], _take_descriptor, row, framework, levels)
        for line, row in named_rows(path, FRAMEWORK_COLUMNS)
    ]


@transaction.atomic
def import_profiles(path: Path) -> list[Row]:
    """Take profiles.csv: one row is one target of one role profile."""
    return [
        _judge(line, row["profile_code"], _take_target, row)
        for line, row in named_rows(path, PROFILE_COLUMNS)
    ]


def _judge(line: int, ident: str, take, row: dict, *more) -> Row:
    try:
        return Row(line, ident, "taken" if take(row, *more) else "unchanged")
    except Refused as refusal:
        return Row(line, ident, "refused", refusal.column, refusal.message)


def _take_descriptor(row: dict, framework: Framework, levels: dict[str, Level]) -> bool:
    for column in ("competency_code", "key_competency", "behavioural_indicator"):
        if not row[column].strip():
            raise Refused(column, f"The cell {column} is empty.")
    _need_code(row, "competency_code")
    _need_room(row, Competency, COMPETENCY_FIELDS)
    level = levels.get(row["proficiency_level"])
    if level is None:
        raise Refused("proficiency_level", f"The level is none of {', '.join(LEVELS)}.")
    months = row["renew_every_months"].strip()
    if months and not (months.isascii() and months.isdigit() and int(months) <= LONGEST):
        raise Refused("renew_every_months", f"“{months}” is no number of months.")
    competency, made = _update(
        Competency,
        {"code": row["competency_code"]},
        {
            "framework": framework,
            "name": row["key_competency"],
            "definition": row["definition"],
            "area": row["competency_area"],
            "pool_code": row["pool_code"],
            "pool_name": row["pool"],
        },
    )
    _row, changed = _update(
        Descriptor,
        {"competency": competency, "level": level},
        {
            "behavioural_indicator": row["behavioural_indicator"],
            "renew_every_months": int(months) if months else None,
        },
    )
    return made or changed


def _take_target(row: dict) -> bool:
    track_level = TrackLevel.objects.filter(
        track__code=row["track_code"], code=row["level"]
    ).first()
    if track_level is None:
        raise Refused("level", f"{row['track_code']} {row['level']} is no level of a career track.")
    competency = Competency.objects.filter(code=row["competency_code"]).first()
    if competency is None:
        raise Refused("competency_code", f"{row['competency_code']} is not in the framework.")
    level = Level.objects.filter(framework=competency.framework, name=row["target_level"]).first()
    if level is None:
        raise Refused("target_level", f"“{row['target_level']}” is no proficiency level.")
    _need_code(row, "profile_code")
    _need_room(row, RoleProfile, PROFILE_FIELDS)
    profile, made = _update(
        RoleProfile,
        {"code": row["profile_code"]},
        {"name": row["profile"], "pool_code": row["pool_code"], "track_level": track_level},
    )
    _row, changed = _update(
        Target,
        {"profile": profile, "competency": competency},
        {"level": level, "critical": row["critical"].strip().lower() == "yes"},
    )
    return made or changed


def _need_code(row: dict, column: str) -> None:
    """Refuse a code that no address can carry: it is part of its page's."""
    if not slug_re.match(row[column]):
        raise Refused(column, f"“{row[column]}” is no code: letters, digits, - and _.")


def _need_room(row: dict, model: type[Model], fields: dict[str, str]) -> None:
    """Refuse a cell that is longer than its field: SQLite would take it, PostgreSQL would not."""
    for column, name in fields.items():
        longest = getattr(model._meta.get_field(name), "max_length", None)
        if longest and len(row[column]) > longest:
            raise Refused(column, f"The cell {column} is longer than {longest} characters.")


def _update(model, key: dict, values: dict):
    """The row of `key` with `values`, and whether that changed anything."""
    row = model.objects.filter(**key).first()
    if row is None:
        return model.objects.create(**key, **values), True
    if all(getattr(row, name) == value for name, value in values.items()):
        return row, False
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    return row, True
