"""The WSGI application that the web server runs: Django, behind the door that takes Zendesk's calls."""

import os

from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opencx_admin.settings")

house = get_wsgi_application()
application = import_string("integrations.webhooks.door.Door")(house)
