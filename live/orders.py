"""In which order open questions stand. client code (`static/live/client.js`) has the same rules."""

from typing import Any

from django.utils.translation import gettext_lazy as _

Questions = list[dict[str, Any]]

ENOUGH = 20  # people to whom a question was shown, before votes alone place it
CHOICES = {"mixed": _("Mixed"), "top": _("Most wanted"), "new": _("Newest")}


def arrange(questions: Questions, order: str) -> Questions:
    """`questions` as `top`, `new`, or `mixed`: what is unknown counts as mixed."""
    top = sorted(questions, key=lambda question: (-question["votes"], question["no"]))
    new = sorted(questions, key=lambda question: -question["no"])
    if order == "top":
        return top
    if order == "new":
        return new
    fresh = [question for question in new if question["seen"] < ENOUGH]
    return mix(top, sorted(fresh, key=lambda question: question["seen"]))


def mix(top: Questions, new: Questions) -> Questions:
    """Two of the most wanted, then one that few have seen, each question once.

    What stands first gets the votes; so a new question has its turn near the top until ENOUGH
    people had it before their eyes.
    """
    arranged: dict[int, dict[str, Any]] = {}
    wanted, newest = iter(top), iter(new)
    while len(arranged) < len(top):
        for source in (wanted, wanted, newest):
            for question in source:
                if question["id"] not in arranged:
                    arranged[question["id"]] = question
                    break
    return list(arranged.values())
