"""Doorbells of alerts: each names a row. Losing one costs time, never an alert."""

from __future__ import annotations

from celery import shared_task

from opencx_admin.due import due
from ticketing.alerts import checking, sending
from ticketing.models import AlertRule, SentAlert


@shared_task(name="ticketing.check_alert")
def check_alert(pk: int) -> None:
    """A rule is due to be read."""
    rule = AlertRule.objects.select_related("organization", "channel").filter(pk=pk).first()
    alert = checking.check(rule) if rule else None
    if alert is not None:
        send_alert.delay(alert.pk)


@shared_task(name="ticketing.send_alert")
def send_alert(pk: int) -> None:
    """A message is due to be sent."""
    alert = SentAlert.objects.select_related("organization", "channel").filter(pk=pk).first()
    if alert is not None:
        sending.deliver(alert)


def ring_alerts(most: int) -> None:
    """Ring for every rule and every message whose time has come."""
    for pk in due(SentAlert.objects.all()).values_list("pk", flat=True)[:most]:
        send_alert.apply_async((pk,), expires=5)
    for pk in due(AlertRule.objects.all()).values_list("pk", flat=True)[:most]:
        check_alert.apply_async((pk,), expires=5)
