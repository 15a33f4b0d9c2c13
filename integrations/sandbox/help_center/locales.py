"""How a language stands in an address, and what it is called."""

from django.urls import register_converter
from django.utils.translation import gettext_lazy as _

NAMES = {"en-us": _("English"), "de": _("German"), "fr": _("French"), "es": _("Spanish"), "it": _("Italian")}


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
# The part of a path that names a language.
LOCALE = "<locale:locale>"


def name_of(locale: str) -> str:
    """Its name, else the locale itself."""
    return str(NAMES.get(locale, locale))
