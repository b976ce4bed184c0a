from notifications.incoming_models import Bounce, IncomingMail
from notifications.mail_models import Mail, MailAttempt, Preference
from notifications.notice import Channel, Notice

__all__ = [
    "Bounce",
    "Channel",
    "IncomingMail",
    "Mail",
    "MailAttempt",
    "Notice",
    "Preference",
]
