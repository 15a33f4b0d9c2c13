"""Zendesk's names of time zones. They are those of Ruby on Rails: most are a city, the rest stand here."""

from __future__ import annotations

import zoneinfo
from functools import lru_cache

NO_CITY = {
    "Abu Dhabi": "Asia/Dubai",
    "American Samoa": "Pacific/Pago_Pago",
    "Atlantic Time (Canada)": "America/Halifax",
    "Beijing": "Asia/Shanghai",
    "Bern": "Europe/Zurich",
    "Brasilia": "America/Sao_Paulo",
    "Canberra": "Australia/Sydney",
    "Cape Verde Is.": "Atlantic/Cape_Verde",
    "Central America": "America/Guatemala",
    "Central Time (US & Canada)": "America/Chicago",
    "Chatham Is.": "Pacific/Chatham",
    "Chennai": "Asia/Kolkata",
    "Eastern Time (US & Canada)": "America/New_York",
    "Edinburgh": "Europe/London",
    "Ekaterinburg": "Asia/Yekaterinburg",
    "Georgetown": "America/Guyana",
    "Greenland": "America/Nuuk",
    "Guadalajara": "America/Mexico_City",
    "Hanoi": "Asia/Bangkok",
    "Indiana (East)": "America/Indiana/Indianapolis",
    "International Date Line West": "Pacific/Pago_Pago",
    "Islamabad": "Asia/Karachi",
    "Marshall Is.": "Pacific/Majuro",
    "Mid-Atlantic": "Atlantic/South_Georgia",
    "Midway Island": "Pacific/Midway",
    "Mountain Time (US & Canada)": "America/Denver",
    "Mumbai": "Asia/Kolkata",
    "New Caledonia": "Pacific/Noumea",
    "New Delhi": "Asia/Kolkata",
    "Nuku'alofa": "Pacific/Tongatapu",
    "Osaka": "Asia/Tokyo",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Pretoria": "Africa/Johannesburg",
    "Quito": "America/Guayaquil",
    "Samoa": "Pacific/Apia",
    "Sapporo": "Asia/Tokyo",
    "Solomon Is.": "Pacific/Guadalcanal",
    "Sri Jayawardenepura": "Asia/Colombo",
    "St. Petersburg": "Europe/Moscow",
    "Tokelau Is.": "Pacific/Fakaofo",
    "Wellington": "Pacific/Auckland",
    "West Central Africa": "Africa/Lagos",
}


@lru_cache(maxsize=1)
def _by_city() -> dict[str, str]:
    """Zones by the last part of their name; of several, the first by the alphabet: continents before `US/…`."""
    return {name.rpartition("/")[2]: name for name in sorted(zoneinfo.available_timezones(), reverse=True)}


def find_zone(name: str) -> str:
    """The zone's place (`Europe/Berlin`) by Zendesk's name of it (`Berlin`); empty when nobody knows it."""
    if name in NO_CITY:
        return NO_CITY[name]
    if name in zoneinfo.available_timezones():
        return name
    return _by_city().get(name.replace(" ", "_"), "")
