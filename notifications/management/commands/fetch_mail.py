import json
from collections import Counter

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from notifications.fetching import MailboxError, fetch_all


class Command(BaseCommand):
    help = (
        "Takes in the unseen mails of the mailbox that MAIL_IN_URL names. The worker does so every "
        "minute. Exit 0 done, 1 the mailbox cannot be read, 2 no mailbox is named."
    )

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, as_json, **options):
        if not settings.MAIL_IN_URL:
            raise CommandError("Set MAIL_IN_URL; docs/guides/mail.md says how.", returncode=2)
        results = []
        try:
            for result in fetch_all(settings.MAIL_IN_URL):
                results.append(result.as_told())
                self.stderr.write(f"{result.outcome}: {result.reason}")
        except MailboxError as error:
            raise CommandError(str(error)) from None
        counts = Counter(row["outcome"] for row in results)
        if as_json:
            self.stdout.write(json.dumps({"mails": results, "counts": dict(counts)}))
        else:
            self.stdout.write(
                "  ".join(f"{count} {name}" for name, count in counts.items()) or "No new mail."
            )
