"""What people did, in words: the audit log's `noun.verb` as something to read."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, str | Promise] = {
    "ai_field.note": _("Change of a ticket field noted"),
    "ai_field.save": _("AI field saved"),
    "ai_fields.backfill": _("Filling blanks begun"),
    "ai_fields.backfill_cancel": _("Filling blanks stopped"),
    "api_key.create": _("API key made"),
    "api_key.revoke": _("API key revoked"),
    "assist.retry": _("Ticket considered again"),
    "assist.save": _("Assist saved"),
    "canary.cancel": _("Test of the round trip stopped"),
    "canary.schedule": _("Schedule of the round trip saved"),
    "canary.start": _("Test of the round trip started"),
    "event.retry": _("Event sent again"),
    "event.reveal": _("Hidden values shown"),
    "handoff.cancel": _("Handoff cancelled"),
    "handoff.retry": _("Handoff tried again"),
    "handoff.save_contact": _("Contact’s address entered"),
    "member.add": _("Person added"),
    "member.change_role": _("Role changed"),
    "member.remove": _("Person removed"),
    "organization.create": _("Organization made"),
    "platform.rotate_secret": _("Signing secret renewed"),
    "platform.save": _("Events URL saved"),
    "platform.send_test": _("Test event sent"),
    "provisioning.apply": _("Setting up Zendesk"),
    "provisioning.repair": _("Repairing objects in Zendesk"),
    "provisioning.rotate": _("Telling Zendesk the new URL"),
    "provisioning.undo": _("Undoing an object in Zendesk"),
    "provisioning.uninstall": _("Removing ours from Zendesk"),
    "reply.retry": _("Reply sent again"),
    "setup.skip": _("Step of the first run skipped"),
    "setup.unskip": _("Skipped step taken up again"),
    "source.accept_rebuild": _("Smaller copy of the Help Center taken"),
    "source.accept_sweep": _("Missing articles withdrawn"),
    "source.add": _("Help Center added"),
    "source.cadence": _("How often the Help Center is read"),
    "source.keep_missing": _("Missing articles kept"),
    "source.rebuild": _("Copy of the Help Center rebuilt"),
    "source.remove": _("Help Center removed"),
    "source.sync": _("Help Center synced by hand"),
    "source.sync_article": _("Article synced by hand"),
    "sunshine.disconnect": _("Messaging disconnected"),
    "sunshine.register": _("Sunshine’s webhook registered"),
    "sunshine.save": _("Messaging credentials saved"),
    "sunshine.verify": _("Messaging credentials verified"),
    "update.retry": _("Message written again"),
    "webhook.match": _("Webhook call matched"),
    "webhook.replay": _("Webhook call replayed"),
    "webhook.rotate": _("Webhook URL renewed"),
    "webhook.signing_secret": _("Webhook’s signing secret saved"),
    "webhook.sunshine_secret": _("Sunshine’s webhook secret saved"),
    "zendesk.disconnect": _("Zendesk disconnected"),
    "zendesk.save": _("Zendesk credentials saved"),
    "zendesk.verify": _("Zendesk credentials verified"),
    "zendesk_object.adopt": _("Object in Zendesk adopted"),
    "zendesk_object.create": _("Object in Zendesk made"),
    "zendesk_object.none": _("Object in Zendesk kept as it is"),
    "zendesk_object.patch": _("Object in Zendesk changed"),
    "zendesk_object.remove": _("Object in Zendesk removed"),
    "zendesk_object.restore": _("Object in Zendesk given back"),
    "zendesk_object.test": _("Test call through Zendesk"),
}


def act_word(action: str) -> str:
    """The words of an act; one without words is shown as it is."""
    return str(WORDS.get(action, action))
