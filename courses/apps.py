from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("Courses")

    def ready(self):
        from wagtail.signals import page_published  # noqa: PLC0415 (apps must be ready)

        from courses.publishing import keep_version  # noqa: PLC0415 (apps must be ready)

        page_published.connect(keep_version, dispatch_uid="courses.keep_version")
