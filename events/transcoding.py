"""Small copies of recordings, made with ffmpeg where it is installed, beside the worker's work.

ffmpeg reads what comes from outside: it is told the container by its first bytes (so that no
playlist makes it read other files), may open files only, and runs under limits.
"""

import logging
import os
import resource
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from django.core.files.base import File

from events.models import Kind, Material, Tier
from events.storage import private_files

logger = logging.getLogger(__name__)
LONGEST = 6 * 3600.0  # seconds that one copy may take
FILE_LIMIT = 8 << 30  # bytes that it may write
SOUND = ("-c:a", "libopus", "-ac", "1")
ORDERS = {
    Tier.Name.AUDIO: ("webm", (*SOUND, "-b:a", "32k", "-vn")),
    Tier.Name.SMALL: ("mp4", ("-vf", "scale=-2:'min(240,ih)'", "-c:v", "libx264", "-crf", "30",
                              "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac",
                              "-ac", "1", "-b:a", "40k", "-movflags", "+faststart")),
    Tier.Name.MEDIUM: ("mp4", ("-vf", "scale=-2:'min(480,ih)'", "-c:v", "libx264", "-crf", "28",
                               "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac",
                               "-b:a", "64k", "-movflags", "+faststart")),
}  # fmt: skip


@dataclass
class Running:
    """A copy that is being made."""

    material: Material
    name: str
    target: Path
    process: subprocess.Popen
    since: float


_running: Running | None = None  # one at a time; the worker has other work


def is_possible() -> bool:
    return shutil.which("ffmpeg") is not None


def container_of(first: bytes) -> str | None:
    """ffmpeg's word for the container that begins so; None for everything else."""
    if first[4:8] == b"ftyp":
        return "mov"
    if first[:4] == b"\x1aE\xdf\xa3":
        return "matroska"
    if first[:4] == b"OggS":
        return "ogg"
    if first[:3] == b"ID3" or first[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"):
        return "mp3"
    return None


def turn() -> int:
    """Go on with the copies: look after the one that is being made, or begin the next one.

    How many were finished or begun. What a killed worker began is begun again.
    """
    global _running
    if _running:
        if _running.process.poll() is None and monotonic() - _running.since < LONGEST:
            return 0
        _running.process.kill()
        _finish(_running, ok=_running.process.wait() == 0)
        _running = None
        return 1
    if not is_possible():
        return 0
    _running = _begin_next()
    return int(_running is not None)


def _begin_next() -> Running | None:
    recordings = Material.objects.filter(
        resource__kind=Kind.RECORDING, state=Material.State.READY
    ).order_by("-pk")
    for material in recordings.exclude(tiers__name=Tier.Name.MEDIUM):
        known = set(material.tiers.values_list("name", flat=True))
        for name in ORDERS:
            if name not in known:
                return _begin(material, name)
    return None


def _begin(material: Material, name: str) -> Running:
    ending, order = ORDERS[Tier.Name(name)]
    folder = Path(private_files().path("tiers"))
    folder.mkdir(parents=True, exist_ok=True)
    target = Path(tempfile.mkstemp(dir=folder, prefix="making-", suffix=f".{ending}")[1])
    with material.file.open("rb") as file:
        container = container_of(file.read(16)) or "mov"
    command = [
        "nice", "-n", "15", "ffmpeg", "-nostdin", "-v", "error", "-y", "-threads", "1",
        "-protocol_whitelist", "file", "-f", container, "-i", material.file.path,
        "-map_metadata", "-1", *order, str(target),
    ]  # fmt: skip
    process = subprocess.Popen(  # noqa: S603 (paths and words of our own)
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=_limits,
    )  # fmt: skip
    return Running(material, name, target, process, monotonic())


def _limits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, FILE_LIMIT))
    os.setpgid(0, 0)


def _finish(done: Running, *, ok: bool) -> None:
    """Keep the copy. One that cannot be made (no picture, no sound) is not tried again."""
    tier = Tier(material=done.material, name=done.name, size=0)
    if ok and (size := done.target.stat().st_size):
        tier.size = size
        with done.target.open("rb") as file:
            tier.file.save(f"{done.name}{done.target.suffix}", File(file), save=False)
    else:
        logger.info("No %s of recording %d", done.name, done.material.pk)
    done.target.unlink(missing_ok=True)
    Tier.objects.get_or_create(
        material=done.material, name=done.name, defaults={"size": tier.size, "file": tier.file.name}
    )
