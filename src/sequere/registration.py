"""The registry maps models to identifiers, instances to refs, and refs to instances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

from django.db import router
from django.db.models import Model
from django.utils.functional import Promise

from sequere.base import ModelBase
from sequere.exceptions import (
    AlreadyRegistered,
    InvalidEdge,
    InvalidRegistration,
    InvalidResource,
    NotRegistered,
    UnsavedResource,
)
from sequere.names import clean_identifier
from sequere.primary_keys import NO_KEY, key_maker
from sequere.types import Ref

Resource: TypeAlias = Model | Ref
Watcher: TypeAlias = Callable[[type[Model]], None]


class Audience(NamedTuple):
    """The viewer of instances. The viewer None is an anonymous visitor."""

    viewer: Any

    @property
    def instance(self) -> Any:
        """Return the viewer. One query if only the viewer's ref is known."""
        if not isinstance(self.viewer, Ref):
            return self.viewer
        return registry.resolve([self.viewer]).get(self.viewer)


class Registration:
    """A registered model, with the values that the registry often looks up."""

    def __init__(self, model: type[Model], options: ModelBase) -> None:
        self.model = model
        self.options = options
        try:
            self.identifier = clean_identifier(options.get_identifier())
        except InvalidEdge as exc:
            raise InvalidRegistration(f"{self}: {exc}") from exc
        self.pk = model._meta.pk
        self.key_of = attrgetter(self.pk.attname)
        self._to_key = key_maker(self.pk)

    def __str__(self) -> str:
        return self.model._meta.label

    def key(self, object_id: str) -> Any:
        """Return the primary key in the model's own type. Raise InvalidEdge for invalid
        text.
        """
        try:
            return self._to_key(object_id)
        except NO_KEY as exc:
            raise InvalidEdge(f"{object_id!r} cannot be a key of {self}.") from exc

    def ref(self, key: Any) -> Ref:
        """Return the ref of the row with this key. '08' and 8 are the same integer."""
        return Ref(self.identifier, str(self.key(key)))

    def row_ref(self, instance: Model) -> Ref:
        return self.ref(self.key_of(instance))

    @property
    def hides(self) -> bool:
        """Are there instances that some viewers may not know of?"""
        return type(self.options).visible_to is not ModelBase.visible_to

    def instances(
        self, object_ids: Iterable[str], audience: Audience | None = None
    ) -> dict[Ref, Model]:
        """Return the instances that exist, and that the audience may know of. One
        query.
        """
        by_key: dict[Any, str] = {}
        for object_id in object_ids:
            with suppress(InvalidEdge):
                by_key[self.key(object_id)] = object_id
        rows = self.options.get_queryset()
        if audience is not None and self.hides:
            rows = self.options.visible_to(rows, audience.instance)
        found = rows.in_bulk(by_key)
        return {
            # A column that ignores case may return another spelling than the one in the
            # query.
            Ref(self.identifier, by_key[key]) if key in by_key else self.ref(key): each
            for key, each in found.items()
        }

    def asking(self, object_ids: Iterable[str]) -> list[Ref]:
        """Return the refs that approve their followers. One query, to the primary."""
        keys = []
        for object_id in object_ids:
            with suppress(InvalidEdge):
                keys.append(self.key(object_id))
        manager, approval = self.model._base_manager, self.options.approval
        rows = manager.using(router.db_for_write(self.model)).filter(pk__in=keys)
        if callable(approval):
            return [self.row_ref(each) for each in rows if approval(each)]
        return [
            self.ref(key)
            for key in rows.filter(**{str(approval): True}).values_list("pk", flat=True)
        ]


class Registry:
    """The registered models. Calling the registry registers a model."""

    def __init__(self) -> None:
        # The key is the model that owns the table: a model and its proxies are one
        # resource.
        self._by_model: dict[type[Model], Registration] = {}
        self._by_identifier: dict[str, Registration] = {}
        self._by_class: dict[type, Registration] = {}
        self._watchers: list[Watcher] = []

    def __call__(
        self, model: type[Model], options: type[ModelBase] = ModelBase
    ) -> None:
        self.register(model, options)

    def __contains__(self, model: object) -> bool:
        return isinstance(model, type) and concrete(model) in self._by_model

    def __iter__(self) -> Iterator[Registration]:
        return iter(self._by_model.values())

    def register(
        self, model: type[Model], options: type[ModelBase] = ModelBase
    ) -> None:
        """Let instances of `model` follow and be followed.

        Raise AlreadyRegistered if the model or its identifier is taken, and
        InvalidRegistration if a single key cannot refer to an instance of the model.
        """
        check_model(model, options)
        registration = Registration(model, options(model))
        self._check_free(registration)
        self._by_model[concrete(model)] = registration
        self._by_identifier[registration.identifier] = registration
        self._by_class.clear()
        for watcher in self._watchers:
            watcher(concrete(model))

    def unregister(self, model: type[Model]) -> None:
        """Undo register(). Stored edges stay, and lists omit them."""
        if not is_model(model):
            raise invalid_model(model)
        registration = self._by_model.pop(concrete(model), None)
        if registration is None:
            raise not_registered(model)
        del self._by_identifier[registration.identifier]
        self._by_class.clear()

    def watch(self, watcher: Watcher) -> None:
        """Call `watcher` with every model that is registered, now or later."""
        self._watchers.append(watcher)
        for model in self._by_model:
            watcher(model)

    def find(self, identifier: str) -> Registration | None:
        return self._by_identifier.get(identifier)

    def get(self, identifier: str) -> Registration:
        """Return the registration. Raise NotRegistered for an unknown identifier."""
        try:
            return self._by_identifier[identifier]
        except (KeyError, TypeError):
            known = ", ".join(map(repr, sorted(self._by_identifier))) or "none"
            raise NotRegistered(
                f"No registered model has the identifier {identifier!r}. "
                f"Known identifiers: {known}."
            ) from None

    def get_for_model(self, model: type[Model]) -> Registration:
        """Return the registration of `model`, its concrete model or its nearest parent.

        A model of a migration (`apps.get_model()`) is found by its label. Raise
        InvalidResource for an argument that is not a model.
        """
        try:
            return self._by_class[model]
        except (KeyError, TypeError):
            pass
        if not is_model(model):
            raise invalid_model(model)
        for ancestor in model.__mro__:
            if registration := self._find_owner(concrete(ancestor)):
                if not is_historical(model):
                    self._by_class[model] = registration
                return registration
        raise not_registered(model)

    def get_for_kind(self, kind: type[Model] | str) -> Registration:
        """Return the registration of a model or an identifier that limits a list.

        Raise the errors of get() and get_for_model(), and NotRegistered for a child
        model whose parent is registered in its place.
        """
        if isinstance(kind, str):
            return self.get(kind)
        registration = self.get_for_model(kind)
        if concrete(kind)._meta.label != concrete(registration.model)._meta.label:
            raise no_kind(kind, registration)
        return registration

    def ref(self, resource: Resource) -> Ref:
        """Return the ref of an instance, or the canonical form of a ref. No query.

        Raise InvalidResource, UnsavedResource or NotRegistered.
        """
        if isinstance(resource, Ref):
            return self.get(resource.identifier).ref(resource.object_id)
        if not isinstance(resource, Model):
            raise invalid_resource(resource)
        # type() would not do: `request.user` is a lazy object that only claims its
        # class.
        registration = self.get_for_model(resource.__class__)
        key = registration.key_of(resource)
        if key is None or resource._state.adding:
            raise UnsavedResource(
                f"{resource!r} was not saved to, or loaded from, the database. "
                f"Save it first, or use Ref({registration.identifier!r}, key) for a "
                "row that exists."
            )
        return registration.ref(key)

    def visible(self, refs: Iterable[Ref], audience: Audience) -> Collection[Ref]:
        """Return the refs whose instances the audience may know of. One query for each
        model that hides some instances.
        """
        refs = list(refs)
        hidden = [ref for ref in refs if (it := self.find(ref.identifier)) and it.hides]
        if not hidden:
            return refs
        found = self.resolve(hidden, audience)
        asked = set(hidden)
        return {ref for ref in refs if ref in found or ref not in asked}

    def resolve(
        self, refs: Iterable[Ref], audience: Audience | None = None
    ) -> dict[Ref, Model]:
        """Return the instances of `refs`. An audience limits them to the instances that
        it may know of. One query for each model.

        Refs whose model is no longer registered, or whose row is missing, are omitted.
        """
        by_identifier: dict[str, list[str]] = defaultdict(list)
        for ref in refs:
            by_identifier[ref.identifier].append(ref.object_id)
        found: dict[Ref, Model] = {}
        for identifier, object_ids in by_identifier.items():
            if registration := self.find(identifier):
                found |= registration.instances(object_ids, audience)
        return found

    def _find_owner(self, model: Any) -> Registration | None:
        if not is_historical(model):
            return self._by_model.get(model)
        label = model._meta.label
        owners = (each for each in self if concrete(each.model)._meta.label == label)
        return next(owners, None)

    def _check_free(self, new: Registration) -> None:
        if old := self._by_model.get(concrete(new.model)):
            raise AlreadyRegistered(
                f"{old} is already registered, as {old.identifier!r}. Register it once."
                if old.model is new.model
                else f"{new} shares its rows with {old}, which is registered "
                f"as {old.identifier!r}. Register one of them."
            )
        if old := self.find(new.identifier):
            raise AlreadyRegistered(
                f"{new} and {old} would share the identifier {new.identifier!r}. "
                "Give one of them a ModelBase subclass with its own `identifier`."
            )


def check_model(model: Any, options: Any) -> None:
    if not is_model(model):
        raise InvalidRegistration(f"{model!r} is not a model class.")
    if not (isinstance(options, type) and issubclass(options, ModelBase)):
        raise InvalidRegistration(
            f"{options!r} is not a subclass of sequere.base.ModelBase."
        )
    meta = model._meta
    if meta.abstract:
        raise InvalidRegistration(
            f"{meta.label} is abstract and has no rows. Register its children."
        )
    if meta.swapped:
        raise InvalidRegistration(
            f"{meta.label} is swapped out. Register {meta.swapped} in its place."
        )
    if getattr(meta, "is_composite_pk", False):
        raise InvalidRegistration(
            f"{meta.label} has a composite primary key; an edge refers to one value. "
            "Give the model a single primary key."
        )


def concrete(model: Any) -> Any:
    """Return the model that owns the table of `model`. Other classes are returned
    unchanged.
    """
    meta = getattr(model, "_meta", None)
    return meta.concrete_model if meta else model


def is_model(model: Any) -> bool:
    return isinstance(model, type) and issubclass(model, Model)


def is_historical(model: Any) -> bool:
    """Is `model` the historical version of a model, made by a migration?"""
    return getattr(model, "__module__", None) == "__fake__"


def not_registered(model: Any) -> NotRegistered:
    name, meta = getattr(model, "__name__", repr(model)), getattr(model, "_meta", None)
    if meta is None or meta.abstract:
        return NotRegistered(
            f"{name} is not a model with a table of its own, so it is not registered. "
            "Use a registered model."
        )
    label = meta.label
    if is_historical(model):
        return NotRegistered(
            f"{label} is a model of a migration, and no registered model has this "
            "label today. Use Ref(identifier, key), with the identifier that its edges "
            "are stored under."
        )
    return NotRegistered(
        f"{label} is not registered. Write `sequere.register({name})` in a "
        "sequere_registry.py of an installed app."
    )


def no_kind(model: type[Model], registration: Registration) -> NotRegistered:
    label, parent = model._meta.label, registration.model
    return NotRegistered(
        f"{label} is not registered. Its rows are stored as {registration} "
        f"({registration.identifier!r}), and edges do not tell them from other rows. "
        f"Use {parent.__name__} as the kind; to list only children, use a queryset: "
        f"FollowQuerySet({model.__name__}).followers_of(...) or .followed_by(...)."
    )


def invalid_model(model: Any) -> InvalidResource:
    if isinstance(model, Model):
        cure = f"It is an instance: give its class, {model.__class__.__name__}."
    elif isinstance(model, list | tuple | set | frozenset):
        cure = "Give each as an argument of its own: get_followers(it, User, Group)."
    elif isinstance(model, Promise):
        cure = f"It is a lazy text: give {str(model)!r}."
    else:
        cure = "Give a registered model, or its identifier."
    return InvalidResource(f"{model!r} is neither a model nor an identifier. {cure}")


def invalid_resource(resource: Any) -> InvalidResource:
    if getattr(resource, "is_anonymous", False) is True:
        return InvalidResource(
            f"{resource.__class__.__name__} is not a resource, because nobody is "
            "logged in. Log in first; a view can check request.user.is_authenticated."
        )
    cure = "Give an instance of a registered model, or a sequere.types.Ref."
    if isinstance(resource, type):
        return InvalidResource(f"{resource!r} is a class, not an instance. {cure}")
    return InvalidResource(f"{resource!r} is not a resource. {cure}")


registry = Registry()
