"""Loaded before Django's settings (pyproject: `-p tests.environment`)."""

import os
import tempfile

from hypothesis import HealthCheck, settings

os.environ.setdefault("DEMO", "1")
os.environ.setdefault("ICT_COMMONS_HOME", tempfile.mkdtemp(prefix="commons-test-"))

# A busy machine is no finding, and what a test keeps in the database it undoes itself.
# CI draws the same examples each time, a developer new ones.
settings.register_profile(
    "commons",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("commons")
