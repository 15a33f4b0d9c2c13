"""The product's pages as somebody without JavaScript meets them: read, and their forms pressed."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

SECONDS = 30
TAG = re.compile(r"<[^>]+>")
TOAST = re.compile(r'<div class="toast-line".*?<span class="words">(.*?)</span>', re.DOTALL)


class PageError(Exception):
    """A page did not have what the tour needs."""


def read_text(markup: str) -> str:
    """What a person reads of some markup, on one line."""
    without = re.sub(r'<span class="visually-hidden">.*?</span>|<svg.*?</svg>', "", markup, flags=re.DOTALL)
    return " ".join(html.unescape(TAG.sub(" ", without)).split())


@dataclass
class Form:
    """A form: where it goes, what stands in it, and its buttons as (name, value, label)."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[list[str]] = field(default_factory=list)

    def names(self) -> set[str]:
        return {name for name, _value in self.fields}


class FormReader(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = self._text = ""
        self._in_button = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(said.get("action", ""))
            self.forms.append(self._form)
        if self._form is None:
            return
        if tag == "input" and said.get("name"):
            is_box = said.get("type") in ("checkbox", "radio")
            if not is_box or "checked" in said:
                self._form.fields.append((said["name"], said.get("value", "on" if is_box else "")))
        elif tag == "select":
            self._select = said.get("name", "")
        elif tag == "option" and self._select and "selected" in said:
            self._form.fields.append((self._select, said.get("value", "")))
        elif tag == "textarea":
            self._text = said.get("name", "")
            self._form.fields.append((self._text, ""))
        elif tag == "button" and said.get("type") != "button" and "disabled" not in said:
            self._form.buttons.append([said.get("name", ""), said.get("value", ""), ""])
            self._in_button = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._text = ""
        elif tag == "button":
            self._in_button = False

    def handle_data(self, data: str) -> None:
        if self._form is None:
            return
        if self._text:
            name, value = self._form.fields[-1]
            self._form.fields[-1] = (name, value + data)
        elif self._in_button:
            self._form.buttons[-1][2] = f"{self._form.buttons[-1][2]} {data}".strip()


@dataclass(frozen=True)
class Page:
    """An answered page."""

    url: str
    status: int
    markup: str

    @property
    def toasts(self) -> str:
        """What the product said about the last act."""
        return " ".join(read_text(one) for one in TOAST.findall(self.markup))

    def form(self, action: str, without: str = "") -> Form:
        """The form with the button `action` (its value, or its words). Raises `PageError`."""
        reader = FormReader()
        reader.feed(self.markup)
        for form in reader.forms:
            pressable = [one for one in form.buttons if action in one[1:]]
            if pressable and (not without or without not in form.names()):
                form.buttons = pressable[:1]
                return form
        raise PageError(f"{self.url} ({self.status}) has no button “{action}”: {self.toasts}")


class Visitor:
    """A person with cookies."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.session = requests.Session()

    def open(self, path: str) -> Page:
        """Follow a link."""
        return self._page(self.session.get(urljoin(f"{self.home}/", path), timeout=SECONDS))

    def press(self, page: Page, action: str, *, without: str = "", drop: str = "", **typed: str) -> Page:
        """Press a button with what stands in its form and what was `typed`; the box `drop` is unticked.

        The form has no field called `without`.
        """
        form = page.form(action, without)
        said = [pair for pair in form.fields if pair[0] not in typed and pair[0] != drop]
        said += [*typed.items(), *((name, value) for name, value, _label in form.buttons if name)]
        where = urljoin(page.url, form.action or page.url)
        return self._page(self.session.post(where, data=said, headers={"Referer": page.url}, timeout=SECONDS))

    @staticmethod
    def _page(answer: requests.Response) -> Page:
        if answer.status_code >= 400 and answer.status_code != 422:
            raise PageError(f"{answer.url} answered {answer.status_code}")
        return Page(answer.url, answer.status_code, answer.text)
