import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ticketing", "0009_problems"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticketupdate",
            name="reply",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notes",
                to="ticketing.agentreply",
            ),
        ),
        migrations.AlterField(
            model_name="ticketupdate",
            name="kind",
            field=models.CharField(
                choices=[
                    ("transcript", "Transcript, continued"),
                    ("message", "Contact's message"),
                    ("status", "Status"),
                    ("note", "Note to the agent"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="ticketupdate",
            constraint=models.UniqueConstraint(fields=("reply",), name="ticket_update_note_once"),
        ),
    ]
