"""What a person may read of a contact: viewers see the details masked (contract 8)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from opencx_admin.crypto import mask
from opencx_admin.orgs.models import Role
from ticketing.models import Contact

EMAIL = re.compile(r"[^\s@<>()\"',;:]+@[^\s@<>()\"',;:]+\.[^\s@<>()\"',;:]+")
SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody's eyes, by role. Leads and up see a contact as the contact is."""

    role: Role

    @property
    def sees_contacts(self) -> bool:
        """True when names, addresses, numbers and stored bodies are shown."""
        return self.role.allows(Role.LEAD)

    def name(self, contact: Contact) -> str:
        """What the contact is called."""
        return self.hide(contact.display_name)

    def hide(self, text: str) -> str:
        """A detail of a contact as this person sees it."""
        return text if self.sees_contacts else mask(text)

    def emails(self, text: str) -> str:
        """A text that is about no contact in particular: every email in it masked for viewers."""
        return text if self.sees_contacts else EMAIL.sub(_masked, text)

    def words(self, text: str, contact: Contact) -> str:
        """What was said, with every email and this contact's name and number masked for viewers."""
        if self.sees_contacts or not text:
            return text
        hidden = self.emails(text)
        details = [part for part in [*contact.name.split(), contact.phone] if len(part) >= SHORTEST_NAME]
        if not details:
            return hidden
        longest_first = "|".join(re.escape(part) for part in sorted(details, key=len, reverse=True))
        return re.sub(rf"(?<!\w)(?:{longest_first})(?!\w)", _masked, hidden, flags=re.IGNORECASE)


def _masked(found: re.Match[str]) -> str:
    return mask(found.group())
