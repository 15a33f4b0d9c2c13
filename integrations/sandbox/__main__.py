"""``python -m integrations.sandbox [--bind HOST:PORT] [--product-url URL]``."""

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "integrations.sandbox.settings"

import django

django.setup()

from integrations.sandbox.program import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
