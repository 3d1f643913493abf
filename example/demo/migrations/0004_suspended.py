from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("demo", "0003_figures")]

    operations = [
        migrations.AddField(name, "suspended", models.BooleanField(default=False))
        for name in ("account", "topic")
    ]
