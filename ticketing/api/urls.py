from django.urls import path, re_path

from ticketing.api import views

# An id may hold any character, a line break too, which `path` converters do not match.
urlpatterns = [
    path("api/v1/openapi.json", views.describe, name="api-description"),
    re_path(r"^api/v1/(?P<path>[\s\S]*)\Z", views.api, name="api"),
]
