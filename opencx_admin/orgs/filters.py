"""Filters of a working list: the state lives in the URL, each chip is a link, unknown values are dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.http import urlencode

from opencx_admin.orgs.components import AddChip, Chip, Option

Text = str | Promise
LONGEST = 255


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing to filter by: its name in the URL, its title, and its choices (value, word).

    Without choices it takes any text up to 255 characters.
    """

    param: str
    title: Text
    choices: Sequence[tuple[str, Text]] = ()

    def accepts(self, value: str) -> bool:
        if self.choices:
            return any(value == choice for choice, _word in self.choices)
        return 0 < len(value) <= LONGEST and "\x00" not in value

    def word(self, value: str) -> Text:
        """The word of a value; a free text is its own word."""
        return next((word for choice, word in self.choices if choice == value), value)


@dataclass(frozen=True, slots=True)
class Filters:
    """The facets of a list and the values in force; `kept` are the other parameters that stay (a view's name)."""

    path: str
    facets: Sequence[Facet]
    values: Mapping[str, str]
    kept: Mapping[str, str]

    @classmethod
    def read(cls, path: str, facets: Sequence[Facet], query: QueryDict, **kept: str) -> Filters:
        """The values of `query` that the facets accept."""
        given = {facet.param: query.get(facet.param, "").strip() for facet in facets}
        values = {facet.param: given[facet.param] for facet in facets if facet.accepts(given[facet.param])}
        return cls(path, facets, values, {name: value for name, value in kept.items() if value})

    def get(self, param: str) -> str:
        """The value in force, or the empty text."""
        return self.values.get(param, "")

    def url(self, **changes: str) -> str:
        """This list with `changes`; an empty value takes the filter away."""
        state = {**self.kept, **self.values, **changes}
        query = urlencode({name: value for name, value in state.items() if value})
        return f"{self.path}?{query}" if query else self.path

    def chips(self) -> list[Chip]:
        """The filters in force, each with the URL without it."""
        return [
            Chip(facet.title, facet.word(self.values[facet.param]), self.url(**{facet.param: ""}))
            for facet in self.facets
            if facet.param in self.values
        ]

    def adds(self) -> list[AddChip]:
        """The filters that are not in force."""
        return [self._add(facet) for facet in self.facets if facet.param not in self.values]

    def _add(self, facet: Facet) -> AddChip:
        if facet.choices:
            options = [Option(word, self.url(**{facet.param: value})) for value, word in facet.choices]
            return AddChip(facet.title, options)
        return AddChip(facet.title, field=facet.param, kept=[*self.kept.items(), *self.values.items()])
