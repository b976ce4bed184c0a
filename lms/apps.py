from django.apps import AppConfig


class LmsConfig(AppConfig):
    name = "lms"
    verbose_name = "ICT Commons"

    def ready(self) -> None:
        from lms.wiring import connect_rooms  # noqa: PLC0415 (models exist only once apps are ready)

        connect_rooms()
