"""Fuzzes /api/v1/ from its own document, as several roles: no server error, no answer that the
document does not describe."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)

from lms.api import api
from lms.wsgi import application

pytestmark = pytest.mark.django_db
SCHEMA = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/v1/"))
OPERATIONS = {
    result.ok().path: result.ok() for result in SCHEMA.get_all_operations() if result.ok()
}
CHECKS = [not_a_server_error, response_schema_conformance, content_type_conformance]
# Led to an address (an empty part), not signed in, not known to this person, not as described.
REFUSALS = {301, 401, 404, 422}
PLAIN = {"Accept-Encoding": "identity"}  # in the process nobody unpacks what was packed
bounded = settings(
    max_examples=25,
    derandomize=True,  # the same requests in every run
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_the_document_describes_every_address():
    assert len(OPERATIONS) == len(api.get_openapi_schema()["paths"])


@pytest.mark.parametrize("role", ["anonymous", "professional", "registrar", "administrator"])
@pytest.mark.parametrize("path", sorted(OPERATIONS))
def test_endpoint(visitors, path, role):
    cookies = {name: morsel.value for name, morsel in visitors[role].cookies.items()}

    @bounded
    @given(OPERATIONS[path].as_strategy())
    def ask(case):
        response = case.call(app=application, cookies=cookies, headers=PLAIN)
        case.validate_response(response, checks=CHECKS)
        assert response.status_code == 200 or response.status_code in REFUSALS

    ask()
