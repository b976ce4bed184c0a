"""The only place where a lower room's outlet is connected to a higher room.

An outlet is a list of functions that a service calls inside its own transaction:
what follows is written with it or not at all. Rooms never import upwards; this
file does it for them, so that the whole wiring can be read in one place.
"""

import assessments.services
import courses.queries
import courses.services
import people.holdings


def connect_rooms() -> None:
    """Connect every outlet once, when the apps are ready."""
    assessments.services.attempt_finished.append(courses.services.follow_attempt)
    assessments.services.quiz_gates.append(courses.services.course_gate)
    people.holdings.holding_sources.append(courses.queries.holdings_of)
