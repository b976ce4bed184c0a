from courses.services.enrolling import (
    decline,
    enrol,
    enrol_others,
    missing_for,
    pause,
    request_place,
    resume,
    withdraw,
)
from courses.services.learning import (
    accept_version,
    course_completed,
    course_gate,
    finish_unit,
    follow_attempt,
    remember_place,
    remember_second,
)
from courses.services.pictures import keep_picture
from courses.services.versions import give_to, publish_version, version_published

__all__ = [
    "accept_version",
    "course_completed",
    "course_gate",
    "decline",
    "enrol",
    "enrol_others",
    "finish_unit",
    "follow_attempt",
    "give_to",
    "keep_picture",
    "missing_for",
    "pause",
    "publish_version",
    "remember_place",
    "remember_second",
    "request_place",
    "resume",
    "version_published",
    "withdraw",
]
