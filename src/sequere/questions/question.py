from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar, Generic, Self, TypeVar

T = TypeVar("T", covariant=True)


class Question(Generic[T]):
    """A question to a backend. T is the type of the answer."""

    __slots__ = ()

    #: The name of the backend method that answers the question.
    hook: ClassVar[str]

    def __iter__(self) -> Generator[Question[T], Any, T]:
        answer: T = yield self
        return answer

    def cleaned(self) -> Self:
        """Return the question with checked, normalised values. Raise InvalidEdge,
        SelfFollow or UnknownRelation.
        """
        raise NotImplementedError

    def __bool__(self) -> bool:
        """Is there anything to ask? If not, the answer of a backend is nothing()."""
        return True

    def nothing(self) -> T:
        raise NotImplementedError

    def completed(self, answer: Any) -> T:
        """Return `answer` with the entries that hooks may omit."""
        return answer  # type: ignore[no-any-return]
