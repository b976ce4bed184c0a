"""python -m bench [--only PART]: every number of the bench, to bench/results.json."""

import argparse
import json
import os
import platform
import sqlite3
import sys
from pathlib import Path

from bench import exam, live, pages, slow_line

RESULTS = Path(__file__).parent / "results.json"
COLUMNS = ("page", "p50 ms", "p95 ms", "ratio", "target", "queries", "KB")
PARTS = {"pages": pages.run, "live": live.run, "line": slow_line.run, "exam": exam.run}


def machine() -> dict:
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.system(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="one part; the others' numbers are kept")
    only = parser.parse_args().only
    results = json.loads(RESULTS.read_text()) if only and RESULTS.exists() else {}
    results["machine"] = machine()
    for name, run in PARTS.items():
        if only in (None, name):
            results[name] = run()
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    missed = report(results)
    for line in missed:
        print(f"missed: {line}", file=sys.stderr)
    return 1 if missed else 0


def report(results: dict) -> list[str]:
    """Print the table; what missed its target."""
    missed = []
    if "pages" in results:
        print("{:<18}{:>8}{:>8}{:>7}{:>7}{:>8}{:>7}".format(*COLUMNS))
    for name, row in results.get("pages", {}).items():
        numbers = (row["p50_ms"], row["p95_ms"], row["ratio"], row["target"] or "-")
        print("{:<18}{:>8}{:>8}{:>7}{:>7}".format(name, *numbers), end="")
        print(f"{row['queries']:>8}{row['kilobytes']:>7}")
        if not row["target_met"]:
            missed.append(f"{name}: {row['ratio']} times the empty view, at most {row['target']}")
    if "live" in results:
        row = results["live"]
        print(
            f"live, {row['clients']} clients: p99 {row['hub']['p99_s']} s from commit to receipt; "
        )
        print(f"naive group_send in the same run: {row['naive_group_send']['p99_s']} s")
        if not row["target_met"]:
            missed.append(f"live: p99 {row['hub']['p99_s']} s, at most {row['target_p99_s']} s")
    if "line" in results:
        row = results["line"]
        p95 = row["asked_to_acknowledged_p95_s"]
        print(f"a question over {row['kbit_s']} kbit/s: received after {p95} s (p95)")
        if not row["target_met"]:
            missed.append(f"line: p95 {p95} s, at most {row['target_p95_s']} s")
    if "exam" in results:
        row = results["exam"]
        print(
            f"exam: {row['started']} of {row['candidates']} started in {row['seconds']} s, "
            f"p95 {row['p95_ms']} ms, {row['ratio']} times the empty view"
        )
        if not row["target_met"]:
            missed.append(f"exam: {row['ratio']} times the empty view, errors {row['errors']}")
    return missed


if __name__ == "__main__":
    sys.exit(main())
