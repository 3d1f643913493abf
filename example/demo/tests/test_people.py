from __future__ import annotations

from django.test import SimpleTestCase

from demo.models import Account
from demo.people import HOBBIES, PersonMaker

NUMBERS = range(1, 1000)


class PersonMakerTest(SimpleTestCase):
    def test_a_number_is_the_same_person_in_any_order(self) -> None:
        first = [PersonMaker().make(number) for number in NUMBERS[:50]]
        maker = PersonMaker()
        backwards = [maker.make(number) for number in reversed(NUMBERS[:50])]
        self.assertEqual(first, backwards[::-1])

    def test_handles_differ(self) -> None:
        maker = PersonMaker()
        handles = {maker.make(number).handle for number in NUMBERS}
        self.assertEqual(len(handles), len(NUMBERS))

    def test_all_fit_and_say_something(self) -> None:
        maker = PersonMaker()
        for number in NUMBERS:
            person = maker.make(number)
            account = Account(pk=number, **person._asdict())
            account.clean_fields()
            self.assertRegex(person.name, r"^\S+ \S+$")
            self.assertRegex(person.handle, r"^[a-z]+[0-9]+$")
            self.assertTrue(any(hobby in person.about for hobby in HOBBIES))
