"""The product with hubs that never look by themselves: what they tell, a bell told them."""

from live import hub
from lms.asgi import application  # noqa: F401

hub.LOOK_EVERY = 24 * 3600.0
