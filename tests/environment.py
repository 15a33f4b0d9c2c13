"""The environment of a test run, made before Django reads its settings (`-p tests.environment`).

SQLite and the embedded broker in a folder of the run's own; with `TEST_ON=services` PostgreSQL and Redis
instead. Nothing of the caller's own configuration reaches a test.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile

import pytest
from django.core.management import call_command

from tests.services import Missing, start_postgres, start_redis

OURS = (
    "AI_API_KEY AI_BASE_URL AI_MODEL AI_PRICE_IN AI_PRICE_OUT ALLOWED_HOSTS API_RATE_PER_MINUTE BEHIND_TLS_PROXY "
    "CELERY_BROKER_URL CREDENTIALS_KEYS CREDENTIALS_KEYS_FILE CSRF_TRUSTED_ORIGINS DATABASE_URL DEBUG DEMO "
    "LOG_LEVEL METRICS_TOKEN OUTBOUND_ALLOW_HOSTS PORT PUBLIC_URL SANDBOX_DATABASE SECRET_KEY SECRET_KEY_FILE "
    "SUNSHINE_URL VAR_DIR ZENDESK_URL"
)
SECRET_KEY = "a-key-of-the-tests-that-opens-nothing-else-0123456789"
CREDENTIALS_KEYS = "dGhlLXRlc3RzLW93bi1rZXktb2YtMzItYnl0ZXMtISE="


def _prepare() -> None:
    for name in OURS.split():
        os.environ.pop(name, None)
    folder = tempfile.mkdtemp(prefix="opencx-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ |= {"VAR_DIR": folder, "SECRET_KEY": SECRET_KEY, "CREDENTIALS_KEYS": CREDENTIALS_KEYS}
    # Playwright's synchronous API runs an event loop in the tests' own thread.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    if os.environ.get("TEST_ON") == "services":
        _use_services()


def _use_services() -> None:
    try:
        postgres, redis = start_postgres(), start_redis()
    except Missing as missing:
        sys.exit(f"TEST_ON=services: {missing}")
    atexit.register(postgres.stop)
    atexit.register(redis.stop)
    os.environ |= {"DATABASE_URL": postgres.url, "CELERY_BROKER_URL": redis.url}


_prepare()


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """Collected once, as `serve` does, so that pages name the files that production names."""
    call_command("collectstatic", interactive=False, verbosity=0)
