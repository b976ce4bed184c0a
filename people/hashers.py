from django.contrib.auth.hashers import Argon2PasswordHasher


class CommonsArgon2Hasher(Argon2PasswordHasher):
    """Argon2id with OWASP's small-memory setting: 19 MiB, 2 passes, 1 lane.

    Django's own default takes 100 MiB for each sign-in. Source: OWASP Password
    Storage Cheat Sheet.
    """

    time_cost = 2
    memory_cost = 19_456  # KiB
    parallelism = 1
