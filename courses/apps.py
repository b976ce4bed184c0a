from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("Courses")

    def ready(self):
        # apps must be ready
        from wagtail.signals import (  # noqa: PLC0415
            page_published,
            page_unpublished,
            post_page_move,
        )

        from courses.publishing import keep_version  # noqa: PLC0415

        for signal in (page_published, page_unpublished, post_page_move):
            signal.connect(keep_version, dispatch_uid="courses.keep_version")
