from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orgs", "0001_initial"),
    ]

    operations = [
        migrations.RenameField(model_name="apikey", old_name="rate_tat", new_name="minute_began"),
        migrations.AddField(
            model_name="apikey",
            name="minute_count",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
