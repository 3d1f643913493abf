from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sequere.backends.simple.fields import (
    CountIndex,
    ExactTextField,
    ListIndex,
    MicrosecondsField,
    SlotIndex,
)
from sequere.names import IDENTIFIER_MAX_LENGTH, RELATION_MAX_LENGTH
from sequere.types import ACTIVE, STATES, Edge, Ref
from sequere.validation import OBJECT_ID_MAX_LENGTH

# A slot may hold these bars besides edges: a bar by its source, by its target, by both.
BARS = (16, 32, 48)


class EdgeRow(models.Model):
    """A slot that is taken: by an edge, as SimpleBackend stores it in its own SQL, or
    by a bar, which keeps edges out.

    The unique key answers "does A follow B?" and makes a follow idempotent; the two
    indexes hold a page of followers and of followings in their order.
    """

    # Numbers come first: behind texts, PostgreSQL would pad before each number.
    created = MicrosecondsField(_("since"))
    state = models.SmallIntegerField(default=ACTIVE, db_default=ACTIVE)
    level = models.SmallIntegerField(default=0, db_default=0)
    relation = ExactTextField(_("relation"), max_length=RELATION_MAX_LENGTH)
    from_identifier = ExactTextField(_("follower"), max_length=IDENTIFIER_MAX_LENGTH)
    from_object_id = ExactTextField(_("follower id"), max_length=OBJECT_ID_MAX_LENGTH)
    to_identifier = ExactTextField(_("following"), max_length=IDENTIFIER_MAX_LENGTH)
    to_object_id = ExactTextField(_("following id"), max_length=OBJECT_ID_MAX_LENGTH)

    class Meta:
        db_table = "sequere_edge"
        verbose_name = _("edge")
        verbose_name_plural = _("edges")
        constraints = [
            models.CheckConstraint(
                condition=~Q(from_identifier="") & ~Q(to_identifier=""),
                name="sequere_edge_ends",
            ),
            models.CheckConstraint(
                condition=~Q(
                    from_identifier=F("to_identifier"), from_object_id=F("to_object_id")
                ),
                name="sequere_edge_no_loop",
            ),
            models.CheckConstraint(
                condition=Q(state__range=(0, STATES - 1)) | Q(state__in=BARS),
                name="sequere_edge_state",
            ),
        ]
        indexes = [
            SlotIndex(
                fields=[
                    "from_object_id",
                    "from_identifier",
                    "relation",
                    "to_object_id",
                    "to_identifier",
                ],
                name="sequere_edge_once",
            ),
            ListIndex(
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
            ListIndex(
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
        ]

    def __str__(self) -> str:
        return str(self.edge)

    @property
    def edge(self) -> Edge:
        return Edge(
            self.relation,
            Ref(self.from_identifier, self.from_object_id),
            Ref(self.to_identifier, self.to_object_id),
            self.created,
            self.state,
            self.level,
        )


class Underived(models.Manager["CountRow"]):
    """Keep the rows out of fixtures: loading the edges counts the edges again."""

    def get_queryset(self) -> models.QuerySet[CountRow]:
        return super().get_queryset().none()


class CountRow(models.Model):
    """A part of a count of edges that are active, or of edges that are requested.

    The database adds and removes the row with the edges themselves.

    The number of followers (or followings) of a resource with `other_identifier` is the
    sum of `total` over the rows of this key: one row, or as many rows as there were
    writers at the same moment. No writer waits for another.
    """

    total = models.BigIntegerField()
    state = models.SmallIntegerField()
    identifier = ExactTextField(max_length=IDENTIFIER_MAX_LENGTH)
    object_id = ExactTextField(max_length=OBJECT_ID_MAX_LENGTH)
    relation = ExactTextField(max_length=RELATION_MAX_LENGTH)
    direction = ExactTextField(max_length=10)
    other_identifier = ExactTextField(max_length=IDENTIFIER_MAX_LENGTH)

    objects: models.Manager[Any] = Underived()

    class Meta:
        base_manager_name = "objects"
        db_table = "sequere_count"
        indexes = [
            CountIndex(
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
        ]

    def __str__(self) -> str:
        return f"{self.identifier}:{self.object_id} {self.direction} {self.total}"
