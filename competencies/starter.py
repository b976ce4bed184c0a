"""Brings the starter framework in; safe to repeat."""

from pathlib import Path

from competencies.framework import import_framework, import_profiles
from competencies.models import Competency, RoleProfile


def load(folder: Path) -> str:
    import_framework(folder / "data" / "framework.csv")
    import_profiles(folder / "data" / "profiles.csv")
    return f"{Competency.objects.count()} competencies, {RoleProfile.objects.count()} role profiles"
