"""Rules of certification as trees of plain values: read, refused or evaluated, without database.

A rule is a group or a leaf, written as a mapping:

    all: [...]                 every part
    any: [...]                 one part
    at_least: 2, of: [...]     so many parts

    course: slug               completed; with `percent`, with such a result in its quiz
    quiz: slug                 passed; with `percent`, so well
    observation: CCO-01        observed at work by an assessor; with `level`
    standing: CCO-01           held today, by any assessed evidence; with `level`
    tenure: 6                  months in a posting; with `at: centre`, at a centre
    certificate: code          another certificate that holds
"""

from certification.tree.evaluating import evaluate
from certification.tree.facts import Facts, Mark, Observed, Outcome, Passed, Stay
from certification.tree.parsing import RuleError, parse
from certification.tree.rules import Group, Leaf, Rule, cycle_in, describe, leaves

__all__ = [
    "Facts",
    "Group",
    "Leaf",
    "Mark",
    "Observed",
    "Outcome",
    "Passed",
    "Rule",
    "RuleError",
    "Stay",
    "cycle_in",
    "describe",
    "evaluate",
    "leaves",
    "parse",
]
