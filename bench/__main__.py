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
LIVE = "{:<9}{:>10}{:>8}{:>9}{:>8}{:>8}{:>8}{:>10}{:>11}"
LIVE_COLUMNS = "way processes sockets events/s p50_s p95_s p99_s delivered KB/socket".split()
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
        missed += report_live(results["live"])
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


def report_live(live: dict) -> list[str]:
    """Print what each number of sockets took, by the hub and by the naive ways."""
    print(LIVE.format(*LIVE_COLUMNS))
    for cell in [*live["hub"], *live["naive"]]:
        numbers = (cell["processes"], cell["sockets"], cell["events_a_second"])
        delays = (cell["p50_s"], cell["p95_s"], cell["p99_s"], cell["delivered"])
        memory = cell["kilobytes_a_socket"]
        print(LIVE.format(cell.get("way", "hub"), *numbers, *delays, memory))
    print(f"commits a second on one session: {live['commits_a_second']}")
    if live["target_met"]:
        return []
    return [
        f"live: p99 {live['p99_s']} s (at most {live['target_p99_s']}), at 1,000 sockets "
        f"{live['p99_naive_to_hub_at_1000']} times better (at least {live['target_times']}), all "
        f"back after {live['cut_all_current_after_s']} s (at most {live['target_cut_s']})"
    ]


if __name__ == "__main__":
    sys.exit(main())
