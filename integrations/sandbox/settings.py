"""Settings of the stand-in, apart from the product's.

``VAR_DIR``: folder of the database, default ``var/`` in the project.
``SANDBOX_DATABASE``: the database file itself, when it should lie elsewhere.
"""

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR") or PROJECT / "var").resolve()

# A play server bound to this machine: nothing it signs is worth stealing.
SECRET_KEY = "stand-in-zendesk-on-loopback-only"  # noqa: S105
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.staticfiles", "integrations.sandbox"]
MIDDLEWARE = [
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "integrations.sandbox.addressing.AddressMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "integrations.sandbox.addressing.PolicyMiddleware",
]
ROOT_URLCONF = "integrations.sandbox.urls"
WSGI_APPLICATION = "integrations.sandbox.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csrf",
            ],
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("SANDBOX_DATABASE") or VAR_DIR / "sandbox.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}
# Cookies ignore ports: another name keeps the product's token on the same host alive.
CSRF_COOKIE_NAME = "sandbox_csrftoken"
CSRF_COOKIE_SAMESITE = "Strict"
DATA_UPLOAD_MAX_MEMORY_SIZE = 60 * 1024 * 1024
LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "crash": {"()": "django.utils.log.CallbackFilter", "callback": lambda record: bool(record.exc_info)},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler"},
        "crashes": {"class": "logging.StreamHandler", "filters": ["crash"]},
    },
    "loggers": {
        # A refused call is an answer here, not an event worth a line.
        "django.request": {"handlers": ["crashes"], "level": "ERROR", "propagate": False},
        "django.server": {"level": "CRITICAL"},
        "sandbox": {"handlers": ["console"], "level": "INFO"},
    },
}
