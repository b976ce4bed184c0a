import pytest

from tests.notifications.smtp import postbox


@pytest.fixture
def box(settings):
    """A mail server that runs, with the settings that lead to it."""
    with postbox() as (box, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.MAIL_DOMAIN = "mail.example.org"
        yield box
