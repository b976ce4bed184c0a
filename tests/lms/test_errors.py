from django.db import connection
from django.db.utils import OperationalError


def test_the_page_of_a_fault_needs_no_database(client, monkeypatch):
    """When the database breaks, it is away for the page that says so, too."""

    def away(*_args):
        raise OperationalError("the connection is closed")

    monkeypatch.setattr(connection, "cursor", away)
    client.raise_request_exception = False
    client.cookies["sessionid"] = "x" * 32
    response = client.get("/me/")
    assert (response.status_code, b"Something broke on our side" in response.content) == (500, True)
