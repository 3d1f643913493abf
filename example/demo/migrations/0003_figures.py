from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("demo", "0002_topics")]

    operations = [
        migrations.AddField("import", "figures", models.TextField(default=""))
    ]
