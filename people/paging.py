"""How lists of the interface for programs are paged."""

from ninja.pagination import LimitOffsetPagination
from pydantic import Field


class Paging(LimitOffsetPagination):
    """At most a hundred rows at once; a number that no database can count to is refused."""

    class Input(LimitOffsetPagination.Input):
        limit: int = Field(30, ge=1, le=100)
        offset: int = Field(0, ge=0, le=10_000_000)
