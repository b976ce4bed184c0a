from notifications.incoming_models import Bounce, IncomingFile, IncomingMail
from notifications.mail_models import EndedSection, Mail, MailAttempt, Preference
from notifications.notice import Channel, Notice

__all__ = [
    "Bounce",
    "Channel",
    "EndedSection",
    "IncomingFile",
    "IncomingMail",
    "Mail",
    "MailAttempt",
    "Notice",
    "Preference",
]
