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
from courses.services.exporting import export_course, folder_hash
from courses.services.importing import (
    FileReport,
    confirm_import,
    import_folder,
    import_zip,
    propose_import,
    sentences,
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
from courses.services.pictures import keep_document, keep_picture
from courses.services.versions import (
    changed_materially,
    give_to,
    mark_material,
    publish_version,
    version_published,
)

__all__ = [
    "FileReport",
    "accept_version",
    "changed_materially",
    "confirm_import",
    "course_completed",
    "course_gate",
    "decline",
    "enrol",
    "enrol_others",
    "export_course",
    "finish_unit",
    "folder_hash",
    "follow_attempt",
    "give_to",
    "import_folder",
    "import_zip",
    "keep_document",
    "keep_picture",
    "mark_material",
    "missing_for",
    "pause",
    "propose_import",
    "publish_version",
    "remember_place",
    "remember_second",
    "request_place",
    "resume",
    "sentences",
    "version_published",
    "withdraw",
]
