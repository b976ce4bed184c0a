"""The kinds of things that can be found, in words."""

from django.utils.translation import gettext_lazy as _

KINDS = {
    "topic": _("Questions"),
    "advisory": _("Advisories"),
    "course": _("Courses"),
    "unit": _("Course units"),
    "talk": _("Talks"),
    "slide": _("Slides"),
    "transcript": _("Transcripts"),
    "live": _("Live sessions"),
    "meeting": _("Meetings"),
    "competency": _("Competencies"),
    "person": _("People"),
    "centre": _("Centres"),
    "pool": _("Pools"),
}
