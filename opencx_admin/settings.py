"""Settings, all from the environment (README, "Configuration"); every one has a working default."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from opencx_admin.broker import broker_settings
from opencx_admin.keys import local_key

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)


def _key(name: str, file_name: str, make: Any) -> str:
    """A key from the environment; for local use one that is made once under VAR_DIR."""
    given: str = env.str(name, default="")
    file = env.str(f"{name}_FILE", default="")
    if not given and file:
        given = Path(file).read_text().strip()
    if given:
        return given
    if DEBUG or DEMO:
        return local_key(VAR_DIR / file_name, make)
    raise ImproperlyConfigured(
        f"{name} is not set. Set it, or {name}_FILE, in the environment; only DEMO and DEBUG make one by themselves."
    )


SECRET_KEY = _key("SECRET_KEY", "secret_key", get_random_secret_key)
CREDENTIALS_KEYS = [
    key.strip()
    for key in _key("CREDENTIALS_KEYS", "credentials_keys", lambda: Fernet.generate_key().decode()).split(",")
    if key.strip()
]

PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ZENDESK_URL = env.str("ZENDESK_URL", default="https://{subdomain}.zendesk.com").rstrip("/")
SUNSHINE_URL = env.str("SUNSHINE_URL", default="https://{subdomain}.zendesk.com/sc").rstrip("/")
OUTBOUND_ALLOW_HOSTS = frozenset(host.strip().lower() for host in env.list("OUTBOUND_ALLOW_HOSTS", default=[]))
API_RATE_PER_MINUTE = env.int("API_RATE_PER_MINUTE", default=1200)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
AI_BASE_URL = env.str("AI_BASE_URL", default="").rstrip("/")
AI_API_KEY = env.str("AI_API_KEY", default="")
AI_MODEL = env.str("AI_MODEL", default="")
AI_PRICE_IN = env.float("AI_PRICE_IN", default=0.0)
AI_PRICE_OUT = env.float("AI_PRICE_OUT", default=0.0)

# Mail, for alerts: `smtp+tls://user:password@host:587`. Unset: the demo writes it to the log, others say it is unset.
EMAIL_URL = env.str("EMAIL_URL", default="consolemail://" if DEBUG or DEMO else "")
EMAIL_IS_SET = bool(EMAIL_URL)
if EMAIL_IS_SET:
    globals().update(env.email_url("EMAIL_URL", default=EMAIL_URL))
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="OpenCX <alerts@localhost>")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "django_htmx",
    "django_filters",
    "template_partials",
    "opencx_admin.orgs",
    "integrations",
    "ticketing",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "opencx_admin.orgs.middleware.HeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "opencx_admin.orgs.middleware.MembershipMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "opencx_admin.urls"
WSGI_APPLICATION = "opencx_admin.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "opencx_admin.orgs.context.shell",
            ],
        },
    }
]

# Database: SQLite with immediate transactions (WAL is set once, by `serve` and `migrate`), or PostgreSQL.
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")
}
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"].setdefault("OPTIONS", {})
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] |= {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000;",
    }
elif DATABASES["default"]["ENGINE"].endswith("postgresql"):
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True}
    # `?prepare_threshold=0` in DATABASE_URL switches it off: for a pooler that does not keep prepared statements.
    _threshold = str(DATABASES["default"]["OPTIONS"].get("prepare_threshold", 5))
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = (int(_threshold) or None) if _threshold.isdecimal() else None

# People
AUTH_USER_MODEL = "orgs.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = dt.timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "email"
AXES_LOCKOUT_TEMPLATE = "orgs/locked_out.html"
AXES_VERBOSE = False

# Browser
_secure = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _secure
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _secure else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", default=False) else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000

# Texts and times
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "opencx_admin" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Files
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG

# Background work: rows are the queue, Celery is the doorbell. A lost or late message costs time only.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")
for _name, _value in broker_settings(CELERY_BROKER_URL, VAR_DIR).items():
    globals()[f"CELERY_{_name.upper()}"] = _value
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "ring due rows": {"task": "ticketing.ring_due", "schedule": 2.0, "options": {"expires": 2}},
    "beat": {"task": "orgs.beat", "schedule": 10.0, "options": {"expires": 10}},
    "reconcile": {"task": "ticketing.reconcile", "schedule": 3600.0, "options": {"expires": 3000}},
    "check drift": {"task": "integrations.check_drift", "schedule": 3600.0, "options": {"expires": 3000}},
    "schedule the doctor": {"task": "integrations.schedule_doctor", "schedule": 60.0, "options": {"expires": 60}},
    "prune": {"task": "ticketing.prune", "schedule": 86_400.0, "options": {"expires": 3600}},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"plain_refusals": {"()": "opencx_admin.logs.PlainRefusals"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["plain_refusals"],
            "stream": sys.stderr,
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"axes": {"level": "WARNING"}, "celery": {"level": "WARNING"}, "urllib3": {"level": "WARNING"}},
}
TEST_RUNNER = "django.test.runner.DiscoverRunner"
