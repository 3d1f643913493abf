from __future__ import annotations

from django.db import migrations, models

from sequere.backends.simple import fields, triggers


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CountRow",
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
                (
                    "identifier",
                    fields.ExactTextField(max_length=64),
                ),
                (
                    "object_id",
                    fields.ExactTextField(max_length=255),
                ),
                (
                    "relation",
                    fields.ExactTextField(max_length=32),
                ),
                (
                    "direction",
                    fields.ExactTextField(max_length=10),
                ),
                (
                    "other_identifier",
                    fields.ExactTextField(max_length=64),
                ),
                ("total", models.BigIntegerField()),
            ],
            options={
                "db_table": "sequere_count",
                "base_manager_name": "objects",
                "indexes": [
                    fields.CountIndex(
                        fields=[
                            "object_id",
                            "identifier",
                            "relation",
                            "direction",
                            "other_identifier",
                        ],
                        name="sequere_count_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EdgeRow",
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
                (
                    "relation",
                    fields.ExactTextField(max_length=32, verbose_name="relation"),
                ),
                (
                    "from_identifier",
                    fields.ExactTextField(max_length=64, verbose_name="follower"),
                ),
                (
                    "from_object_id",
                    fields.ExactTextField(max_length=255, verbose_name="follower id"),
                ),
                (
                    "to_identifier",
                    fields.ExactTextField(max_length=64, verbose_name="following"),
                ),
                (
                    "to_object_id",
                    fields.ExactTextField(max_length=255, verbose_name="following id"),
                ),
                (
                    "created",
                    fields.MicrosecondsField(verbose_name="since"),
                ),
            ],
            options={
                "verbose_name": "edge",
                "verbose_name_plural": "edges",
                "db_table": "sequere_edge",
                "indexes": [
                    models.Index(
                        fields=[
                            "to_object_id",
                            "to_identifier",
                            "relation",
                            "created",
                            "from_identifier",
                            "from_object_id",
                        ],
                        name="sequere_edge_followers",
                    ),
                    models.Index(
                        fields=[
                            "from_object_id",
                            "from_identifier",
                            "relation",
                            "created",
                            "to_identifier",
                            "to_object_id",
                        ],
                        name="sequere_edge_followings",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "from_object_id",
                            "from_identifier",
                            "relation",
                            "to_object_id",
                            "to_identifier",
                        ),
                        name="sequere_edge_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("from_identifier", ""), _negated=True),
                            models.Q(("to_identifier", ""), _negated=True),
                        ),
                        name="sequere_edge_ends",
                    ),
                ],
            },
        ),
        migrations.RunPython(triggers.create, triggers.drop),
    ]
