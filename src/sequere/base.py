from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet


class ModelBase:
    """What a project may say about a registered model. Subclass it to say it."""

    #: Stored with every edge: never change it once there are some.
    #: The default is the model's name in lower case.
    identifier: str | None = None

    def __init__(self, model: type[Model]) -> None:
        self.model = model

    def get_identifier(self) -> str:
        return self.identifier or self.model.__name__.lower()

    def get_queryset(self) -> QuerySet[Any]:
        """Where the instances in lists come from; what it hides, lists leave out."""
        return self.model._default_manager.all()
