"""The pages of the Help Center and of ticket fields, below ``/<subdomain>/``."""

from django.urls import path

from integrations.sandbox.help_center import editing, field_pages, pages
from integrations.sandbox.help_center.locales import LOCALE

FIELDS = "admin/objects-rules/tickets/ticket-fields"

urlpatterns = [
    path("hc/", pages.home, name="help-center"),
    path(f"hc/{LOCALE}/", pages.home, name="help-center-locale"),
    path(f"hc/{LOCALE}/sections/<int:section_id>", pages.home),
    path(f"hc/{LOCALE}/categories/<int:category_id>", pages.home),
    path(f"hc/{LOCALE}/articles/<str:slug>", pages.article, name="article"),
    path("knowledge/articles", editing.articles, name="admin-articles"),
    path("knowledge/articles/new", editing.new_article, name="new-article"),
    path(f"knowledge/articles/<int:article_id>/{LOCALE}", editing.article, name="edit-article"),
    path(FIELDS, field_pages.fields, name="admin-fields"),
    path(f"{FIELDS}/<int:number>", field_pages.field, name="admin-field"),
]
