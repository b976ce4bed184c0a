"""/api/v1/: each room's router, over the same services and rules as its pages."""

from ninja import NinjaAPI
from ninja.security import SessionAuth

import certification.api
import events.api

api = NinjaAPI(
    title="ICT Commons",
    version="1",
    description="The same services and rules as the pages. Sign in with a session.",
    auth=SessionAuth(csrf=True),
    urls_namespace="api",
)
api.add_router("", certification.api.router)
api.add_router("", events.api.router)
