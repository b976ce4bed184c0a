"""Static addresses that change with the content, without a collect step, for `make run`."""

import hashlib
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


@lru_cache(maxsize=4096)
def _digest(path: str, modified: float) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


class FingerprintedStorage(StaticFilesStorage):
    """Adds `?v=<digest>`, so that browsers may keep a file for a year."""

    def url(self, name: str) -> str:
        found = finders.find(name)
        if not found:
            return super().url(name)
        return f"{super().url(name)}?v={_digest(found, Path(found).stat().st_mtime)}"
