"""Judging the rows of a people file. Pure: the registry comes in as plain values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from people.registry.judging import (
    ACCEPTED,
    UNCHANGED,
    WARNED,
    Judgement,
    begin,
    known_name,
    read_day,
    require,
    warn_far_future,
)
from people.registry.reading import Table

COLUMNS = (
    "employee_id", "name", "name_dz", "email", "phone", "agency", "dzongkhag", "post_title",
    "track", "level", "posting_from", "posting_to", "supervisor_id",
)  # fmt: skip
REQUIRED = ("employee_id", "name", "agency", "dzongkhag", "posting_from")
OPTIONAL = tuple(name for name in COLUMNS if name not in REQUIRED)
EMAIL = re.compile(r"[^@\s;,<>]+@[^@\s;,<>]+\.[^@\s;,<>.]{2,}")
PHONE = re.compile(r"\+975\d{7,8}")


@dataclass
class Known:
    """What the registry holds before the file, and what the file has added so far."""

    dzongkhags: list[str]
    dzongkhag_aliases: Mapping[str, str]
    tracks: Mapping[str, list[str]]  # track code -> level codes
    people: dict[str, dict] = field(default_factory=dict)  # id -> name, name_dz, email, phone
    # id -> day of beginning -> the posting as values
    postings: dict[str, dict[date, dict]] = field(default_factory=dict)
    supervisors: dict[str, str] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)  # address -> id


def judge_people(table: Table, known: Known, *, as_of: date) -> list[Judgement]:
    """Judge every record in the order of the file; `known` takes in what is accepted."""
    rows = [begin(r.number, r.line, r.cells, table.columns) for r in table.records]
    seen: dict[tuple[str, date], list[str]] = {}
    for judged in rows:
        if judged.outcome in (ACCEPTED, WARNED):
            for column in OPTIONAL:
                judged.values.setdefault(column, "")
            _judge(judged, known, seen, as_of)
    _judge_supervisors(rows, known)
    return rows


def _judge(judged: Judgement, known: Known, seen: dict, as_of: date) -> None:
    _judge_cells(judged, known, as_of)
    if judged.refused:
        return
    values = judged.values
    key = (values["employee_id"], values["posting_from"])
    cells = [str(value) for value in values.values()]
    if seen.get(key) == cells:
        judged.warn("ROW_REPEATED", "", "The same row again; nothing is added.")
        values.clear()
        return
    _judge_identity(judged, known)
    _judge_overlap(judged, known, repeated=key in seen)
    _judge_cycle(judged, known)
    if not judged.refused:
        _take(judged, known)
        seen[key] = cells


def _judge_cells(judged: Judgement, known: Known, as_of: date) -> None:
    values = judged.values
    _judge_swapped(judged, known)
    require(judged, employee_id="ID_MISSING", name="NAME_MISSING", agency="AGENCY_MISSING")
    _judge_email(judged)
    _judge_phone(judged)
    _judge_dzongkhag(judged, known)
    _judge_level(judged, known)
    require(judged, posting_from="DATE_MISSING")
    starts = read_day(judged, "posting_from")
    ends = read_day(judged, "posting_to", open_words=True)
    if starts and ends and ends < starts:
        judged.refuse("DATE_ORDER", "posting_to", "The posting ends before it begins.")
    warn_far_future(judged, "posting_from", starts, as_of)
    values["posting_from"], values["posting_to"] = starts, ends
    if values["supervisor_id"] and values["supervisor_id"] == values["employee_id"]:
        judged.refuse("SUPERVISOR_SELF", "supervisor_id", "Nobody is their own supervisor.")


def _judge_swapped(judged: Judgement, known: Known) -> None:
    values = judged.values
    if "@" in values["phone"] and "@" not in values["email"]:
        judged.refuse("COLUMNS_SWAPPED", "email", "E-mail and phone look exchanged.")
    folded = {name.casefold() for name in known.dzongkhags}
    dzongkhag, agency = values["dzongkhag"].casefold(), values["agency"].casefold()
    if dzongkhag not in folded and agency in folded:
        judged.refuse("COLUMNS_SWAPPED", "dzongkhag", "Agency and dzongkhag look exchanged.")


def _judge_email(judged: Judgement) -> None:
    address = judged.values["email"]
    if not address:
        return
    if not EMAIL.fullmatch(address):
        judged.refuse("EMAIL_INVALID", "email", f"“{address}” is no single e-mail address.")
    elif address != address.lower():
        judged.warn("CASE_NORMALISED", "email", "The address was written in small letters.")
    judged.values["email"] = address.lower()


def _judge_phone(judged: Judgement) -> None:
    text = judged.values["phone"]
    if not text:
        return
    digits = re.sub(r"[\s().-]", "", text)
    number = f"+975{digits}" if re.fullmatch(r"\d{7,8}", digits, re.ASCII) else digits
    if re.fullmatch(r"975\d{7,8}", number, re.ASCII):
        number = f"+{number}"
    if not PHONE.fullmatch(number):
        judged.refuse("PHONE_INVALID", "phone", f"“{text}” is no phone number of Bhutan.")
    elif number != text:
        judged.warn("PHONE_NORMALISED", "phone", f"Written as {number}.")
    judged.values["phone"] = number


def _judge_dzongkhag(judged: Judgement, known: Known) -> None:
    text = judged.values["dzongkhag"]
    if not text:
        judged.refuse("DZONGKHAG_MISSING", "dzongkhag", "The cell dzongkhag is empty.")
        return
    name = known_name(
        judged, "dzongkhag", known.dzongkhags, known.dzongkhag_aliases, "DZONGKHAG_ALIAS"
    )
    if name is None:
        judged.refuse("DZONGKHAG_UNKNOWN", "dzongkhag", f"“{text}” is no dzongkhag.")
    judged.values["dzongkhag"] = name


def _judge_level(judged: Judgement, known: Known) -> None:
    values = judged.values
    if not values["track"] and not values["level"]:
        return
    track = known_name(judged, "track", known.tracks, {}, "")
    if track is None:
        judged.refuse("TRACK_UNKNOWN", "track", f"“{values['track']}” is no career track.")
        return
    every = {level for levels in known.tracks.values() for level in levels}
    level = known_name(judged, "level", every, {}, "")
    if level is None:
        judged.refuse("LEVEL_UNKNOWN", "level", f"“{values['level']}” is no level of any track.")
    elif level not in known.tracks[track]:
        judged.refuse("LEVEL_NOT_IN_TRACK", "level", f"{level} is no level of the track {track}.")
    values["track"], values["level"] = track, level


def _judge_identity(judged: Judgement, known: Known) -> None:
    """One id, one person: another name together with another e-mail is somebody else."""
    values = judged.values
    before = known.people.get(values["employee_id"])
    if before and before["name"] != values["name"] and before["email"] != values["email"]:
        judged.refuse("ID_CONFLICT", "employee_id", f"This ID belongs to {before['name']} already.")
    owner = known.emails.get(values["email"]) if values["email"] else None
    if owner and owner != values["employee_id"]:
        judged.refuse("EMAIL_DUPLICATE", "email", f"This address belongs to {owner} already.")


def _judge_overlap(judged: Judgement, known: Known, *, repeated: bool) -> None:
    values = judged.values
    starts, ends = values["posting_from"], values["posting_to"] or date.max
    for other_starts, other in known.postings.get(values["employee_id"], {}).items():
        if other_starts == starts and not repeated:
            continue  # the posting that this row says anew
        if other_starts <= ends and (other["posting_to"] or date.max) >= starts:
            judged.refuse(
                "POSTING_OVERLAP",
                "posting_from",
                f"Overlaps the posting that begins on {other_starts.isoformat()}.",
            )
            return


def _judge_cycle(judged: Judgement, known: Known) -> None:
    values = judged.values
    person, above = values["employee_id"], values["supervisor_id"]
    steps = 0
    while above and steps <= len(known.supervisors):
        if above == person:
            judged.refuse(
                "SUPERVISOR_CYCLE",
                "supervisor_id",
                f"{values['supervisor_id']} reports to {person}: they would supervise each other.",
            )
            return
        above = known.supervisors.get(above, "")
        steps += 1


def _take(judged: Judgement, known: Known) -> None:
    values = judged.values
    person = values["employee_id"]
    details = {name: values[name] for name in ("name", "name_dz", "email", "phone")}
    posting = {name: values[name] for name in POSTING}
    before = known.postings.setdefault(person, {}).get(values["posting_from"])
    if known.people.get(person) == details and before == posting:
        judged.outcome = UNCHANGED
    known.people[person] = details
    known.postings[person][values["posting_from"]] = posting
    if values["email"]:
        known.emails[values["email"]] = person
    if values["posting_to"] is None:
        known.supervisors[person] = values["supervisor_id"]


POSTING = ("posting_to", "agency", "dzongkhag", "post_title", "track", "level", "supervisor_id")


def _judge_supervisors(rows: list[Judgement], known: Known) -> None:
    """A supervisor may stand further down: who is nowhere after the whole file is unknown."""
    for judged in rows:
        above = judged.values.get("supervisor_id")
        if above and not judged.refused and above not in known.people:
            judged.warn("SUPERVISOR_UNKNOWN", "supervisor_id", f"Nobody has the ID {above}.")
            judged.values["supervisor_id"] = ""
