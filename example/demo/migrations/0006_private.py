from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def ask_for_private_accounts(
    apps: Apps, schema_editor: BaseDatabaseSchemaEditor
) -> None:
    """Without its figures, an import is looked at again: see demo.graph.load()."""
    apps.get_model("demo", "Import").objects.update(figures="")


class Migration(migrations.Migration):
    dependencies = [("demo", "0005_people")]

    operations = [
        *(
            migrations.AddField(name, "is_private", models.BooleanField(default=False))
            for name in ("account", "topic")
        ),
        migrations.RunPython(ask_for_private_accounts, migrations.RunPython.noop),
    ]
