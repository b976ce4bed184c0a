"""Judging the rows of a centres file. Pure: the registry comes in as plain values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from people.registry.judging import (
    ACCEPTED,
    UNCHANGED,
    WARNED,
    Judgement,
    begin,
    known_name,
    read_day,
    require,
)
from people.registry.reading import Table

COLUMNS = (
    "centre_code", "centre_name", "centre_name_dz", "dzongkhag", "gewog", "operator_id",
    "operator_since", "contract_until", "connectivity", "power", "services",
)  # fmt: skip
REQUIRED = ("centre_code", "centre_name", "dzongkhag", "gewog", "connectivity", "power")
# Renewed contracts reach the registry late: one that ended within the year is not doubted.
LAPSED_AFTER = timedelta(days=365)


@dataclass
class Known:
    dzongkhags: list[str]
    dzongkhag_aliases: Mapping[str, str]
    gewogs: Mapping[str, list[str]]  # dzongkhag -> gewogs
    gewog_aliases: Mapping[str, Mapping[str, str]]  # dzongkhag -> other spelling -> gewog
    connectivity: list[str]
    power: list[str]
    services: Mapping[str, bool]  # name -> needs a line
    operators: set[str]  # ids with an open posting
    centres: dict[str, dict] = field(default_factory=dict)  # code -> values
    runs: dict[str, str] = field(default_factory=dict)  # operator -> code of their centre


def judge_centres(table: Table, known: Known, *, as_of: date) -> list[Judgement]:
    """Judge every record in the order of the file."""
    rows = [begin(r.number, r.line, r.cells, table.columns) for r in table.records]
    in_file: set[str] = set()
    named: dict[str, str] = {}
    for judged in rows:
        if judged.outcome in (ACCEPTED, WARNED):
            for column in COLUMNS:
                judged.values.setdefault(column, "")
            _judge(judged, known, in_file, named, as_of)
    return rows


def _judge(judged: Judgement, known: Known, in_file: set, named: dict, as_of: date) -> None:
    values = judged.values
    require(judged, centre_code="CODE_MISSING", centre_name="NAME_MISSING")
    if values["centre_code"] and values["centre_code"] in in_file:
        judged.refuse("CENTRE_DUPLICATE", "centre_code", "This code stood further up already.")
    _judge_place(judged, known)
    _judge_choice(judged, "connectivity", known.connectivity, "CONNECTIVITY_UNKNOWN")
    _judge_choice(judged, "power", known.power, "POWER_UNKNOWN")
    _judge_operator(judged, known, named, as_of)
    _judge_services(judged, known)
    if judged.refused:
        return
    code = values["centre_code"]
    in_file.add(code)
    if values["operator_id"]:
        named[values["operator_id"]] = code
    if known.centres.get(code) == {name: values[name] for name in COLUMNS}:
        judged.outcome = UNCHANGED


def _judge_place(judged: Judgement, known: Known) -> None:
    values = judged.values
    if not values["dzongkhag"]:
        judged.refuse("DZONGKHAG_MISSING", "dzongkhag", "The cell dzongkhag is empty.")
        return
    dzongkhag = known_name(
        judged, "dzongkhag", known.dzongkhags, known.dzongkhag_aliases, "DZONGKHAG_ALIAS"
    )
    if dzongkhag is None:
        judged.refuse("DZONGKHAG_UNKNOWN", "dzongkhag", f"“{values['dzongkhag']}” is no dzongkhag.")
        return
    gewog = known_name(
        judged, "gewog", known.gewogs[dzongkhag], known.gewog_aliases[dzongkhag], "GEWOG_ALIAS"
    )
    if gewog is None:
        judged.refuse(
            "GEWOG_NOT_IN_DZONGKHAG",
            "gewog",
            f"“{values['gewog']}” is no gewog of {dzongkhag}.",
        )
    values["dzongkhag"], values["gewog"] = dzongkhag, gewog


def _judge_choice(judged: Judgement, column: str, choices: list[str], code: str) -> None:
    value = known_name(judged, column, choices, {}, "")
    if value is None:
        text = judged.values[column]
        judged.refuse(code, column, f"“{text}” is none of {', '.join(choices)}.")
    judged.values[column] = value


def _judge_operator(judged: Judgement, known: Known, named: dict, as_of: date) -> None:
    values = judged.values
    since, until = read_day(judged, "operator_since"), read_day(judged, "contract_until")
    if since and until and until < since:
        judged.refuse("DATE_ORDER", "contract_until", "The contract ends before it begins.")
    values["operator_since"], values["contract_until"] = since, until
    operator = values["operator_id"]
    if not operator:
        judged.warn("OPERATOR_VACANT", "operator_id", "Nobody runs this centre now.")
    elif operator not in known.operators:
        judged.refuse("OPERATOR_UNKNOWN", "operator_id", f"{operator} holds no open posting.")
    elif operator in named:
        judged.refuse(
            "OPERATOR_TWICE", "operator_id", f"{operator} runs {named[operator]} already."
        )
    elif until and until < as_of - LAPSED_AFTER:
        judged.warn("CONTRACT_LAPSED", "contract_until", "The contract ended more than a year ago.")


def _judge_services(judged: Judgement, known: Known) -> None:
    text = judged.values["services"]
    if ";" not in text and "," in text:
        judged.warn("SEPARATOR", "services", "Services are parted by ; in this file by commas.")
    parts = [part.strip() for part in re.split(r"[;,]", text) if part.strip()]
    by_fold = {name.casefold(): name for name in known.services}
    found: list[str] = []
    for part in parts:
        name = by_fold.get(part.casefold())
        if name is None:
            judged.warn("SERVICE_UNKNOWN", "services", f"“{part}” is no known service: left out.")
        elif name in found:
            judged.warn("SERVICE_REPEATED", "services", f"{name} stands there twice.")
        else:
            found.append(name)
    if judged.values["connectivity"] == "none":
        needing = [name for name in found if known.services[name]]
        if needing:
            judged.warn("SERVICE_NEEDS_LINE", "services", f"{needing[0]} needs a network line.")
    judged.values["services"] = sorted(found)
