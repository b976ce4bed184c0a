"""The product's settings with two addresses for the bench, and a count of queries on request."""

from lms.settings import *  # noqa: F403
from lms.settings import BASE_DIR, MIDDLEWARE, TEMPLATES

ROOT_URLCONF = "bench.urls"
MIDDLEWARE = ["bench.counting.count_queries", *MIDDLEWARE]
TEMPLATES[0]["DIRS"] = [BASE_DIR / "bench" / "templates"]
