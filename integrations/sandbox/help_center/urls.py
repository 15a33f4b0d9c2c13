"""The Help Center's paths, below ``/<subdomain>/api/v2/help_center/``; most stand below a locale too."""

from django.urls import path, register_converter

from integrations.sandbox.api.gate import View, route
from integrations.sandbox.help_center import api


class LocaleConverter:
    """``en-us``, ``de``, ``zh-cn``, ``es-419``."""

    regex = r"[a-z]{2,3}(?:-[a-z0-9]{2,4})?"

    def to_python(self, value: str) -> str:
        """As it stands."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands."""
        return value


register_converter(LocaleConverter, "locale")

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
    ("articles/<int:article_id>/translations/<locale:locale>", api.read_translation),
    ("locales", api.list_locales),
    ("user_segments", api.list_segments),
    ("user_segments/applicable", api.list_segments),
    ("user_segments/<int:segment_id>", api.read_segment),
]
urlpatterns = [
    *[path(where, route("hc", is_open=True, GET=view)) for where, view in BOTH],
    *[path(f"<locale:locale>/{where}", route("hc", is_open=True, GET=view)) for where, view in BOTH],
    *[path(where, route("hc", GET=view)) for where, view in STAFF],
]
