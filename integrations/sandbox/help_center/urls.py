"""The Help Center's paths, below ``/<subdomain>/api/v2/help_center/``; most stand below a locale too."""

from django.urls import path

from integrations.sandbox.api.gate import View, route
from integrations.sandbox.help_center import api
from integrations.sandbox.help_center.locales import LOCALE

BOTH: list[tuple[str, View]] = [
    ("articles", api.list_articles),
    ("articles/<int:article_id>", api.read_article),
    ("sections", api.list_sections),
    ("sections/<int:section_id>", api.read_section),
    ("sections/<int:section_id>/articles", api.list_articles),
    ("categories", api.list_categories),
    ("categories/<int:category_id>", api.read_category),
    ("categories/<int:category_id>/articles", api.list_articles),
    ("categories/<int:category_id>/sections", api.list_sections),
]
STAFF: list[tuple[str, View]] = [
    ("incremental/articles", api.list_changed_articles),
    ("articles/<int:article_id>/attachments", api.list_attachments),
    ("articles/<int:article_id>/translations", api.list_translations),
    ("articles/<int:article_id>/translations/missing", api.list_missing_translations),
    (f"articles/<int:article_id>/translations/{LOCALE}", api.read_translation),
    ("locales", api.list_locales),
    ("user_segments", api.list_segments),
    ("user_segments/applicable", api.list_segments),
    ("user_segments/<int:segment_id>", api.read_segment),
]
urlpatterns = [
    *[path(where, route("hc", is_open=True, GET=view)) for where, view in BOTH],
    *[path(f"{LOCALE}/{where}", route("hc", is_open=True, GET=view)) for where, view in BOTH],
    *[path(where, route("hc", GET=view)) for where, view in STAFF],
]
