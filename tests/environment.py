"""Loaded before Django's settings (pyproject: `-p tests.environment`)."""

import os
import tempfile

os.environ.setdefault("DEMO", "1")
os.environ.setdefault("ICT_COMMONS_HOME", tempfile.mkdtemp(prefix="commons-test-"))
