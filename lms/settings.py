"""Every setting, read from the environment once. A bad value stops the start and is named.

docs/guides/settings.md lists the variables; tests/test_docs.py compares the two.
"""

import shlex
from pathlib import Path

import django.conf.locale
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

# --- What kind of start this is -------------------------------------------------
DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", False)  # demo sign-ins; `make run` sets it
HOME = Path(env.str("ICT_COMMONS_HOME", str(BASE_DIR / "var")))  # all state
HOME.mkdir(parents=True, exist_ok=True)

_missing = [
    name for name in ("SECRET_KEY", "ALLOWED_HOSTS") if not (DEMO or DEBUG or env.str(name, ""))
]
if _missing:
    raise ImproperlyConfigured(
        f"Set {' and '.join(_missing)} in the environment, or DEMO=1 for a demonstration "
        "on this computer only. docs/guides/settings.md explains each."
    )
SECRET_KEY = env.str("SECRET_KEY", "demonstration-only-this-key-protects-nothing-" * 2)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
SITE_URL = env.str("SITE_URL", f"http://localhost:{env.int('PORT', 8000)}").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --- Rooms ----------------------------------------------------------------------
INSTALLED_APPS = [
    "lms",
    "search",
    "events",
    "live",
    "desk",
    "forums",
    "certification",
    "courses",
    "assessments",
    "competencies",
    "moderation",
    "notifications",
    "people",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "wagtail.contrib.redirects",
    "wagtail.contrib.table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "channels",
    "ninja",
    "django_tasks",
    "django_tasks_db",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "lms.middleware.ContentSecurityPolicy",
    "lms.middleware.GzipOfPages",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lms.middleware.NulNamesNothing",
    "moderation.middleware.KeepsWhatWasTyped",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "lms.urls"
ASGI_APPLICATION = "lms.asgi.application"
WSGI_APPLICATION = "lms.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "lms.context.site",
            ],
            "builtins": ["lms.templatetags.commons"],
        },
    }
]
FORM_RENDERER = "lms.forms.CommonsFormRenderer"

# --- Database -------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", "")
if DATABASE_URL:
    DATABASES = {"default": env.dj_db_url("DATABASE_URL")}
    DATABASES["default"]["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 16}}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HOME / "commons.sqlite3",
            "CONN_MAX_AGE": None,  # pages run in fixed threads
            "OPTIONS": {
                # IMMEDIATE and FULL: no lost seats, no lost commits after a power cut.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    }

# --- People and sign-in -----------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["moderation.backends.AccountBackend"]
PASSWORD_HASHERS = [
    "people.hashers.CommonsArgon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("employee_id", "name", "email")},
    },
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "my_page"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "employee_id"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_FORMS = {"login": "people.forms.SignInForm"}
ACCOUNT_ADAPTER = "moderation.adapter.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
# An agency or a centre shares one address: few limits by address, firm ones by account.
ACCOUNT_RATE_LIMITS = {"login": "600/m/ip", "login_failed": "300/m/ip,10/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_COOKIES = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_COOKIES
SECURE_SSL_REDIRECT = SECURE_COOKIES and env.bool("SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_COOKIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"  # Wagtail previews its own pages in a frame
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

# --- Language, time ----------------------------------------------------------------
# Neither Django nor Wagtail knows Dzongkha; templates fail without this entry.
django.conf.locale.LANG_INFO["dz"] = {
    "bidi": False,
    "code": "dz",
    "name": "Dzongkha",
    "name_local": "རྫོང་ཁ",
}
LANGUAGE_CODE = "en"
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("en", "English"), ("dz", "རྫོང་ཁ")]
LOCALE_PATHS = [BASE_DIR / "lms" / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Thimphu"

# --- Files --------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns of a folder that is not there yet
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = HOME / "media"
WHITENOISE_USE_FINDERS = DEMO or DEBUG
WHITENOISE_MAX_AGE = 31_536_000 if not DEBUG else 0
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "lms.staticfiles.FingerprintedStorage"
        if DEMO or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
MAX_UPLOAD_BYTES = 50 * 1024 * 1024
# Of a talk's materials, in MB: the largest file of each kind, all of a talk together, and what
# stays free on the disk.
UPLOAD_MB = {"slides": 256, "paper": 256, "other": 512, "recording": 4096, "transcript": 2}
UPLOAD_TALK_MB = env.int("UPLOAD_TALK_MB", 10_240)
UPLOAD_RESERVE_MB = env.int("UPLOAD_RESERVE_MB", 1024)
# A virus scanner such as `clamdscan --fdpass --no-summary`, called with the path of a file.
SCAN_COMMAND = shlex.split(env.str("SCAN_COMMAND", ""))

# --- Background work, mail, channels, search -----------------------------------------
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
LIVE_CONNECTIONS = env.int("LIVE_CONNECTIONS", 3000)  # open lines of one process
REDIS_URL = env.str("REDIS_URL", "")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    }
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}
CACHES = {
    "default": {"BACKEND": "lms.cache.RedisOrMemoryCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
ELASTICSEARCH_URL = env.str("ELASTICSEARCH_URL", "")
ELASTICSEARCH_ALIAS = env.str("ELASTICSEARCH_ALIAS", "commons")
EMAIL_URL = env.str("EMAIL_URL", "")
if EMAIL_URL:
    vars().update(env.dj_email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = HOME / "mailbox"
EMAIL_TIMEOUT = 20  # seconds: a mail server that hangs does not hold the worker up for long
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "ICT Commons <commons@localhost>")
MAIL_DOMAIN = env.str("MAIL_DOMAIN", "")  # of the addresses that take replies
MAIL_IN_URL = env.str("MAIL_IN_URL", "")

# --- Wagtail ---------------------------------------------------------------------------
WAGTAIL_SITE_NAME = "ICT Commons"
WAGTAILADMIN_BASE_URL = SITE_URL
WAGTAIL_GRAVATAR_PROVIDER_URL = None  # no third-party request
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_FRONTEND_LOGIN_URL = "/accounts/login/"
WAGTAIL_USER_CREATION_ENABLED = False
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp", "svg"]
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAILDOCS_SERVE_METHOD = "serve_view"  # courses/wagtail_hooks.py asks who may
WAGTAILDOCS_INLINE_CONTENT_TYPES: list[str] = []  # a browser keeps them, it shows none
WAGTAILADMIN_LOGIN_URL = "account_login"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        name: {"level": "WARNING"}
        for name in ("django_tasks", "django_tasks_db", "wagtail", "elastic_transport")
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
