"""Files that only some may fetch lie beside the public files, never among them."""

from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage


class PrivateStorage(FileSystemStorage):
    """Files that no address opens by itself: a view checks the audience first."""

    @property
    def base_location(self) -> Path:  # read late: a test or a copy of the home moves it
        return settings.HOME / "private"

    @property
    def location(self) -> str:
        return str(self.base_location)

    def url(self, name: str | None) -> str:
        raise ValueError("A private file has no address; its view has.")


def private_files() -> PrivateStorage:
    return PrivateStorage()
