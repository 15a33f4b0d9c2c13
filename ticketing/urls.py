"""The platform's API and the pages of daily work."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from ticketing.views.ai_fields import ai_fields
from ticketing.views.alerts import alerts
from ticketing.views.articles import article, articles
from ticketing.views.assist import assist, assist_case, assist_ledger
from ticketing.views.bundle import bundle
from ticketing.views.canary import canary
from ticketing.views.data_sources import data_sources
from ticketing.views.field_backfill import field_backfill
from ticketing.views.handoff import handoff
from ticketing.views.handoff_settings import handoff_settings
from ticketing.views.handoffs import handoffs
from ticketing.views.joined import timeline_text
from ticketing.views.jump import jump
from ticketing.views.overview import overview
from ticketing.views.problems import problem, problems
from ticketing.views.replay import replay, replay_job
from ticketing.views.sessions import session, sessions
from ticketing.views.setup import setup

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("ticketing.api.urls")),
    path("", overview, name="overview"),
    path("assist/", assist_ledger, name="assist-ledger"),
    path("assist/<uuid:case_id>/", assist_case, name="assist-case"),
    path("settings/assist/", assist, name="assist"),
    path("bundle/", bundle, name="bundle"),
    path("canary/", canary, name="canary"),
    path("settings/alerts/", alerts, name="alerts"),
    path("settings/handoff/", handoff_settings, name="handoff-settings"),
    path("problems/", problems, name="problems"),
    path("problems/<int:pk>/", problem, name="problem"),
    path("handoffs/", handoffs, name="handoffs"),
    path("handoffs/<uuid:handoff_id>/", handoff, name="handoff"),
    path("replay/", replay, name="replay"),
    path("replay/<int:pk>/", replay_job, name="replay-job"),
    path("sessions/", sessions, name="sessions"),
    # The platform's id may hold any character, a slash and a line break too, which `path` does not match.
    re_path(r"^sessions/(?P<session_id>[\s\S]+)/timeline\.txt\Z", timeline_text, name="timeline-text"),
    re_path(r"^sessions/(?P<session_id>[\s\S]+)/\Z", session, name="session"),
    path("setup/", setup, name="setup"),
    path("data-sources/", data_sources, name="data-sources"),
    path("data-sources/articles/", articles, name="articles"),
    path("data-sources/articles/<int:external_id>/<str:locale>/", article, name="article"),
    path("jump/", jump, name="jump"),
    path("settings/ticketing/ai-fields/", ai_fields, name="ai-fields"),
    path("settings/ticketing/ai-fields/backfill/", field_backfill, name="ai-fields-backfill"),
]
