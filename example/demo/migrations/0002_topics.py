from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SLUGS = (
    "astronomy",
    "chess",
    "cooking",
    "cycling",
    "film",
    "gardening",
    "history",
    "music",
    "open-source",
    "photography",
)


def add_topics(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    topic = apps.get_model("demo", "Topic")
    topic.objects.bulk_create([topic(slug=slug) for slug in SLUGS])


class Migration(migrations.Migration):
    dependencies = [("demo", "0001_initial")]

    operations = [migrations.RunPython(add_topics, migrations.RunPython.noop)]
