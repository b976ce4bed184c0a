from tests.rights import SIGNED_IN, Right

RIGHTS = {
    "search:page": Right(SIGNED_IN),
    "search:similar": Right(SIGNED_IN, html=False),
}
