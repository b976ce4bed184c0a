import pytest
from django.test import Client


@pytest.fixture(scope="session")
def _home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def _own_state(settings, _home):
    """Files and keys of a test run lie in a folder of their own."""
    settings.HOME = _home
    settings.MEDIA_ROOT = _home / "media"
    settings.EMAIL_FILE_PATH = _home / "mailbox"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def signed_in():
    """A function that gives a browser session of a person."""

    def sign_in(person) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return sign_in
