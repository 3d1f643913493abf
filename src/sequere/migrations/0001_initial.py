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
                ("total", models.BigIntegerField()),
                ("state", models.SmallIntegerField()),
                ("identifier", fields.ExactTextField(max_length=64)),
                ("object_id", fields.ExactTextField(max_length=255)),
                ("relation", fields.ExactTextField(max_length=32)),
                ("direction", fields.ExactTextField(max_length=10)),
                ("other_identifier", fields.ExactTextField(max_length=64)),
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
                            "state",
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
                ("created", fields.MicrosecondsField(verbose_name="since")),
                ("state", models.SmallIntegerField(db_default=0, default=0)),
                ("level", models.SmallIntegerField(db_default=0, default=0)),
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
            ],
            options={
                "verbose_name": "edge",
                "verbose_name_plural": "edges",
                "db_table": "sequere_edge",
                "indexes": [
                    fields.SlotIndex(
                        fields=[
                            "from_object_id",
                            "from_identifier",
                            "relation",
                            "to_object_id",
                            "to_identifier",
                        ],
                        name="sequere_edge_once",
                    ),
                    fields.ListIndex(
                        fields=[
                            "to_object_id",
                            "to_identifier",
                            "relation",
                            "state",
                            "created",
                            "from_identifier",
                            "from_object_id",
                        ],
                        name="sequere_edge_followers",
                    ),
                    fields.ListIndex(
                        fields=[
                            "from_object_id",
                            "from_identifier",
                            "relation",
                            "state",
                            "created",
                            "to_identifier",
                            "to_object_id",
                        ],
                        name="sequere_edge_followings",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("from_identifier", ""), _negated=True),
                            models.Q(("to_identifier", ""), _negated=True),
                        ),
                        name="sequere_edge_ends",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("from_identifier", models.F("to_identifier")),
                            ("from_object_id", models.F("to_object_id")),
                            _negated=True,
                        ),
                        name="sequere_edge_no_loop",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__range", (0, 7)),
                            ("state__in", (16, 32, 48)),
                            _connector="OR",
                        ),
                        name="sequere_edge_state",
                    ),
                ],
            },
        ),
        migrations.RunPython(triggers.create, triggers.drop),
    ]
