"""The project. Importing it makes the Celery application, so that every task finds its broker."""

from opencx_admin.celery import app as celery_app

__all__ = ["celery_app"]
