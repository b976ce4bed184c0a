from notifications.models import IncomingMail, Notice
from notifications.tokens import confirm_token, section_token, unsubscribe_token
from people.models import User
from tests.rights import PUBLIC, SIGNED_IN, Right

KEEPERS = frozenset({"registrar", "administrator"})


def somebodys_notice():
    return [Notice.objects.first().pk]


def somebodys_way_out():
    return [unsubscribe_token(User.objects.first().pk)]


def somebodys_section():
    return [section_token(User.objects.first().pk, "notices:requests")]


def somebodys_held_mail():
    person = User.objects.first()
    row, _new = IncomingMail.objects.get_or_create(
        digest="held",
        defaults={
            "sender": person.email,
            "subject": "Held until its person says so",
            "text": "Which switch is it?",
            "door": "pool-net",
            "person": person,
            "outcome": IncomingMail.Outcome.HELD,
        },
    )
    return [confirm_token(row.pk)]


RIGHTS = {
    "notifications:list": Right(SIGNED_IN),
    "notifications:read_all": Right(SIGNED_IN, status=405),
    "notifications:open": Right(SIGNED_IN, args=somebodys_notice, status=405),
    "notifications:preferences": Right(SIGNED_IN),
    "notifications:unsubscribe": Right(PUBLIC, args=somebodys_way_out),
    "notifications:section": Right(PUBLIC, args=somebodys_section),
    "notifications:bring_again": Right(SIGNED_IN, status=405),
    "notifications:confirm": Right(PUBLIC, args=somebodys_held_mail),
    "notifications:try_again": Right(SIGNED_IN, status=405),
    "notifications:mails": Right(KEEPERS),
    "notifications:decide": Right(SIGNED_IN, args=lambda: [1], status=405),
}
