from notifications.models import Notice
from tests.rights import SIGNED_IN, Right


def somebodys_notice():
    return [Notice.objects.first().pk]


RIGHTS = {
    "notifications:list": Right(SIGNED_IN),
    "notifications:read_all": Right(SIGNED_IN, status=405),
    "notifications:open": Right(SIGNED_IN, args=somebodys_notice, status=405),
}
