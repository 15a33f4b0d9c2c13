"""The WSGI application; ``python -m integrations.sandbox`` serves it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "integrations.sandbox.settings"

application = get_wsgi_application()
