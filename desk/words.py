"""What the steps of a request are called on buttons and in its history."""

from django.utils.translation import gettext_lazy as _

BUTTONS = {
    "claim": _("Claim it"),
    "take_over": _("Take it over for my pool"),
    "triage": _("Put it in the queue"),
    "start": _("Begin work"),
    "deliver": _("Deliver"),
    "accept": _("Sign off"),
    "resume": _("Answer, so that work goes on"),
    "wait": _("Ask the requester"),
    "hand_over": _("Hand over"),
    "give_back": _("Give back to the queue"),
    "route": _("Send to another pool"),
    "reopen": _("Reopen"),
    "close": _("Close"),
    "decline": _("Decline"),
    "withdraw": _("Withdraw"),
    "merge": _("Merge into another"),
}

HISTORY = {
    "file": _("filed it"),
    "claim": _("claimed it"),
    "take_over": _("took it over for another pool"),
    "triage": _("put it in the queue"),
    "start": _("began work"),
    "deliver": _("delivered"),
    "accept": _("signed it off"),
    "resume": _("answered; work goes on"),
    "wait": _("asked the requester"),
    "hand_over": _("handed it over"),
    "give_back": _("gave it back to the queue"),
    "route": _("sent it to another pool"),
    "reopen": _("reopened it"),
    "close": _("closed it"),
    "decline": _("declined it"),
    "withdraw": _("withdrew it"),
    "merge": _("merged it into another"),
    "release": _("put it back into the queue"),
    "lapse": _("closed it"),
}
