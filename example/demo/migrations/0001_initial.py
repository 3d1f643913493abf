from __future__ import annotations

from django.db import migrations, models

import sequere.mixin


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[("id", models.BigIntegerField(primary_key=True, serialize=False))],
            options={"abstract": False},
            bases=(sequere.mixin.SequereMixin, models.Model),
        ),
        migrations.CreateModel(
            name="Topic",
            fields=[("slug", models.SlugField(primary_key=True, serialize=False))],
            options={"abstract": False},
            bases=(sequere.mixin.SequereMixin, models.Model),
        ),
        migrations.CreateModel(
            name="Import",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("rows", models.PositiveIntegerField(default=0)),
                ("complete", models.BooleanField(default=False)),
            ],
        ),
    ]
