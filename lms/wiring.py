"""The only place where a lower room's outlet is connected to a higher room.

An outlet is a list of functions that a service calls inside its own transaction:
what follows is written with it or not at all. Rooms never import upwards; this
file does it for them, so that the whole wiring can be read in one place.
"""


def connect_rooms() -> None:
    """Connect every outlet once, when the apps are ready."""
