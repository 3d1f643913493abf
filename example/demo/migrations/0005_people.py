from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def ask_for_people(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Without its figures, an import is looked at again: see demo.graph.load()."""
    apps.get_model("demo", "Import").objects.update(figures="")


class Migration(migrations.Migration):
    dependencies = [("demo", "0004_suspended")]

    operations = [
        migrations.AddField(
            "account", "name", models.CharField(default="", max_length=80)
        ),
        migrations.AddField(
            "account", "handle", models.CharField(default="", max_length=80)
        ),
        migrations.AddField(
            "account", "about", models.CharField(default="", max_length=200)
        ),
        migrations.RunPython(ask_for_people, migrations.RunPython.noop),
    ]
