"""The doctor's pages: run it, read what it found, look at a repair and press its button."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from tests.tour.pages import Page, PageError, Visitor, read_text

ROW = re.compile(
    r'<li class="check-row[^>]*data-check="([^"]+)" data-verdict="([^"]*)">(.*?)<div class="do">(.*?)</div>\s*</li>',
    re.DOTALL,
)
WHAT = re.compile(r'<span class="what"><b>(.*?)</b>\s*(?:<span[^>]*>(.*?)</span>)?</span>', re.DOTALL)
WHOSE = re.compile(r'<span class="whose">(.*?)</span><span class="meta at">', re.DOTALL)
FIX = re.compile(r'<p class="small-text"><b>(.*?)</b></p>', re.DOTALL)
BUTTON = re.compile(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)
DIFF = re.compile(r'<li class="(del|add)">(.*?)</li>', re.DOTALL)
PARTS = re.compile(r'<section class="confirm".*?<ul>(.*?)</ul>', re.DOTALL)
PATIENCE = 120.0
FOUND = ("problem", "warning")


@dataclass(frozen=True)
class Found:
    """One row of the page. `path` is where its button leads, `fix` the next step in words."""

    check: str
    verdict: str
    question: str = ""
    evidence: str = ""
    owner: str = ""
    fix: str = ""
    button: str = ""
    path: str = ""

    @property
    def has_repair(self) -> bool:
        return "repair=" in self.path

    @property
    def is_explained(self) -> bool:
        return bool(self.evidence and self.owner and (self.fix or self.path))


@dataclass(frozen=True)
class Change:
    """A repair as it was previewed, and what the product said when its button was pressed."""

    before: str
    after: str
    said: str


def read_found(page: Page) -> dict[str, Found]:
    """Every row of the doctor's page by its check."""
    found = {}
    for check, verdict, body, do in ROW.findall(page.markup):
        what, whose, fix, button = WHAT.search(body), WHOSE.search(body), FIX.search(body), BUTTON.search(do)
        found[check] = Found(
            check,
            verdict,
            read_text(what.group(1)) if what else "",
            read_text(what.group(2) or "") if what else "",
            read_text(whose.group(1)) if whose else "",
            read_text(fix.group(1)) if fix else "",
            read_text(button.group(2)) if button else "",
            button.group(1).replace("&amp;", "&") if button else "",
        )
    return found


@dataclass(frozen=True)
class Doctor:
    """What a person does on /doctor/. A `subject` is a query such as `session=ses-1`; none is the account."""

    visitor: Visitor

    def rest(self, subject: str = "") -> Page:
        """The page, once no run is under way."""
        end = time.monotonic() + PATIENCE
        while True:
            page = self.visitor.open(f"/doctor/?{subject}")
            if 'id="live-part"' not in page.markup:
                raise PageError(f"{page.url} is no page of the doctor")
            if not re.search(r'id="live-part"[^>]*hx-get', page.markup):
                return page
            if time.monotonic() > end:
                raise PageError(f"{page.url}: a run did not end in {PATIENCE:.0f} s")
            time.sleep(0.2)

    def run(self, subject: str = "") -> dict[str, Found]:
        """“Check everything”, or “Diagnose again”."""
        self.visitor.press(self.rest(subject), "run", without="part")
        return read_found(self.rest(subject))

    def repair(self, found: Found) -> Change:
        """The one button of a row: preview, then apply."""
        preview = self.visitor.open(found.path)
        lines = [(kind, read_text(text).lstrip("−+ ")) for kind, text in DIFF.findall(preview.markup)]
        parts = PARTS.search(preview.markup)
        told = read_text(parts.group(1)) if parts else ""
        done = self.visitor.press(preview, "repair")
        before = " · ".join(text for kind, text in lines if kind == "del")
        after = " · ".join(text for kind, text in lines if kind == "add")
        return Change(before, after or told, done.toasts)
