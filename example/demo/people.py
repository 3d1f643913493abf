"""Made-up names, handles and descriptions for the accounts of the file."""

from __future__ import annotations

from typing import NamedTuple

from mimesis import Address, Locale
from mimesis import Person as Names

HOBBIES = (
    "astronomy",
    "chess",
    "cooking",
    "cycling",
    "film",
    "gardening",
    "history",
    "music",
    "open source",
    "photography",
)
LINES = (
    "I live in {city}, and I read everything about {hobby}.",
    "I came to {city} for the {hobby}. I stayed for the {other}.",
    "I spend my weekends on {hobby}, and my evenings on {other}.",
    "I am learning {language}, and I dream of {hobby}.",
    "I talk about {hobby} until the last bus leaves {city}.",
    "I teach {hobby} in {city}, and in {language} if you ask nicely.",
)


class Person(NamedTuple):
    name: str
    handle: str
    about: str


class PersonMaker:
    """Makes the same person of a number each time, in whatever order they come."""

    def __init__(self) -> None:
        self.names = Names(Locale.EN)
        self.address = Address(Locale.EN)

    def make(self, number: int) -> Person:
        self.names.reseed(number)
        self.address.reseed(number)
        first, last = self.names.first_name(), self.names.last_name()
        # The number makes the handle unique.
        handle = f"{first.lower()}{number}"
        return Person(f"{first} {last}", handle, self.describe())

    def describe(self) -> str:
        hobby, other = self.names.random.sample(HOBBIES, 2)
        return self.names.random.choice(LINES).format(
            city=self.address.city(),
            language=self.names.language(),
            hobby=hobby,
            other=other,
        )
