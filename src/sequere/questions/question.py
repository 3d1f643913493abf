from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar, Generic, Self, TypeVar

T = TypeVar("T", covariant=True)


class Question(Generic[T]):
    """Something to ask a backend. T is the type of the answer."""

    __slots__ = ()

    #: The method of a backend that answers.
    hook: ClassVar[str]

    def __iter__(self) -> Generator[Question[T], Any, T]:
        answer: T = yield self
        return answer

    def cleaned(self) -> Self:
        """The question with checked, normalised values. Raise InvalidEdge, SelfFollow
        or UnknownRelation.
        """
        raise NotImplementedError

    def __bool__(self) -> bool:
        """Is there anything to ask? If not, a backend answers with nothing()."""
        return True

    def nothing(self) -> T:
        raise NotImplementedError

    def completed(self, answer: Any) -> T:
        """`answer`, and what hooks may leave out."""
        return answer  # type: ignore[no-any-return]
