"""The product's settings with one address for the bench, and a count of queries on request."""

from lms.settings import *  # noqa: F403
from lms.settings import INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "bench"]
ROOT_URLCONF = "bench.urls"
MIDDLEWARE = ["bench.counting.count_queries", *MIDDLEWARE]
