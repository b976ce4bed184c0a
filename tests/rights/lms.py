from tests.rights import PUBLIC, SIGNED_IN, Right
from tests.rights.forums import net

NOT_SIGNED_IN = frozenset({"anonymous"})
ONLY_LEADS_ON = {"status": 302, "html": False}

RIGHTS = {
    "home": Right(NOT_SIGNED_IN, refused=302),
    "my_page": Right(SIGNED_IN, queries=27),  # it asks every room
    "my_learning": Right(SIGNED_IN),
    "my_inbox": Right(SIGNED_IN, queries=35),  # it asks every room
    "pool_state": Right(SIGNED_IN, args=net, queries=40),  # it asks every room
    "about": Right(PUBLIC),
    "healthz": Right(PUBLIC, html=False),
    "readyz": Right(PUBLIC, status=503, html=False),  # no worker runs beside the test
    "favicon": Right(PUBLIC, **ONLY_LEADS_ON),
    "media": Right(PUBLIC, args=lambda: ["there-is-no-such-file.png"], status=404, html=False),
    "account_login": Right(NOT_SIGNED_IN, refused=302, kilobytes=30),
    "account_logout": Right(SIGNED_IN),
    "account_inactive": Right(PUBLIC),
    "account_signup": Right(NOT_SIGNED_IN, refused=302),
    "account_reauthenticate": Right(SIGNED_IN),
    "account_email": Right(SIGNED_IN),
    "account_email_verification_sent": Right(PUBLIC),
    "account_change_password": Right(SIGNED_IN),
    "account_set_password": Right(SIGNED_IN, **ONLY_LEADS_ON),
    "account_reset_password": Right(PUBLIC),
    "account_confirm_login_code": Right(PUBLIC, **ONLY_LEADS_ON),
    "account_confirm_email": Right(PUBLIC, args=lambda: ["no-such-key"]),
    "account_reset_password_from_key_done": Right(PUBLIC),
    "account_reset_password_from_key": Right(PUBLIC, args=lambda: ["x", "y-z"]),
    "account_reset_password_done": Right(PUBLIC),
    "mfa_index": Right(SIGNED_IN),
    "mfa_authenticate": Right(PUBLIC, **ONLY_LEADS_ON),
    "mfa_reauthenticate": Right(SIGNED_IN, **ONLY_LEADS_ON),
    "mfa_activate_totp": Right(SIGNED_IN, **ONLY_LEADS_ON),
    "mfa_deactivate_totp": Right(SIGNED_IN, status=404),
    "mfa_view_recovery_codes": Right(SIGNED_IN, status=404),
    "mfa_generate_recovery_codes": Right(SIGNED_IN, **ONLY_LEADS_ON),
    "mfa_download_recovery_codes": Right(SIGNED_IN, status=404),
    "api:openapi-json": Right(PUBLIC, html=False),
    "api:openapi-view": Right(PUBLIC, html=False),  # the library's own page
    "api:api-root": Right(PUBLIC, status=404, html=False),
}
