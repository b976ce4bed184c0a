"""The engines behind one interface, and which of them answers."""

from search.engines.base import Engine, Filters, Hit, Page, Results
from search.engines.embedded import EmbeddedEngine

__all__ = ["EmbeddedEngine", "Engine", "Filters", "Hit", "Page", "Results"]
