"""The only place where a lower room's outlet is connected to a higher room.

An outlet is a list of functions that a service calls inside its own transaction:
what follows is written with it or not at all. Rooms never import upwards; this
file does it for them, so that the whole wiring can be read in one place.
"""

import assessments.services
import certification.centres
import certification.queries
import certification.refreshers
import certification.services
import competencies.queries
import courses.certificates
import courses.queries
import courses.services
import desk.mail
import desk.measures
import desk.moderating
import desk.queries
import desk.texts
import events.audiences
import events.queries
import events.schedule.services
import forums.audiences
import forums.drafting
import forums.experts
import forums.mail
import forums.moderating
import forums.queries
import live.moderating
import live.queries
import moderation.subjects
import notifications.doors
import notifications.sections
import notifications.threads
import people.audiences
import people.holdings
import people.registry.services
import people.roles
import people.ways
import search.index
import search.services


def connect_rooms() -> None:
    """Connect every outlet once, when the apps are ready."""
    assessments.services.attempt_finished.append(courses.services.follow_attempt)
    assessments.services.attempt_finished.append(certification.services.follow_attempt)
    assessments.services.attempt_regraded.append(courses.services.follow_attempt)
    assessments.services.attempt_regraded.append(certification.services.reconsider)
    assessments.services.fresh_starts.append(certification.queries.fresh_from)
    assessments.services.quiz_gates.append(courses.services.course_gate)
    courses.services.course_completed.append(certification.services.follow_completion)
    courses.services.changed_materially.append(certification.refreshers.follow_material_change)
    courses.certificates.title_sources.append(certification.queries.scheme_titles)
    courses.certificates.held_sources.append(certification.queries.codes_held_by)
    courses.services.version_published.append(search.index.follow_course)
    competencies.queries.next_step_sources.append(courses.queries.next_steps)
    forums.drafting.rooms.append(desk.texts.FORMS)
    forums.experts.load_sources.append(desk.queries.loads_of)
    forums.experts.delivery_sources.append(desk.measures.delivered_by)
    forums.queries.similar_sources.append(search.services.similar_for)
    moderation.subjects.sources.append(forums.moderating.POSTS)
    moderation.subjects.sources.append(desk.moderating.MESSAGES)
    moderation.subjects.sources.append(live.moderating.QUESTIONS)
    notifications.sections.sources.append(forums.queries.DIGEST_OF_POOLS)
    notifications.doors.doors.append(forums.mail.QUESTIONS)
    notifications.doors.doors.append(desk.mail.INTAKE)
    notifications.threads.kinds.append(forums.mail.TOPICS)
    notifications.threads.kinds.append(desk.mail.REQUESTS)
    people.registry.services.registry_applied.append(search.index.follow_registry)
    events.schedule.services.schedule_applied.append(search.index.follow_schedule)
    people.audiences.token_sources.append(forums.audiences.POOLS)
    people.audiences.token_sources.append(forums.audiences.SERVING)
    people.audiences.token_sources.append(events.audiences.KEEPERS)
    people.roles.role_sources.append(forums.audiences.roles_of)
    people.roles.role_sources.append(live.queries.roles_of)
    people.ways.centre_ways.append(certification.centres.way_to_readiness)
    people.holdings.holding_sources.append(certification.queries.holdings_of)
    people.holdings.holding_sources.append(courses.queries.holdings_of)
    people.holdings.holding_sources.append(forums.queries.holdings_of)
    people.holdings.holding_sources.append(desk.queries.holdings_of)
    people.holdings.holding_sources.append(live.queries.holdings_of)
    people.holdings.holding_sources.append(events.queries.holdings_of)
