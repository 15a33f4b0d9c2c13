import django.db.models.deletion
from django.db import migrations, models

import integrations.sandbox.store


class Migration(migrations.Migration):
    dependencies = [
        ("sandbox", "0004_help_center"),
    ]

    operations = [
        migrations.CreateModel(
            name="Schedule",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        default=integrations.sandbox.store.new_id, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("time_zone", models.CharField(default="UTC", max_length=100)),
                ("intervals", models.JSONField(default=list)),
                ("holidays", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(default=integrations.sandbox.store.now)),
                ("updated_at", models.DateTimeField(default=integrations.sandbox.store.now)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="sandbox.account"
                    ),
                ),
            ],
        ),
    ]
