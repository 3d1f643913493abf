from __future__ import annotations

from django.db.models import Model
from django.db.models.deletion import Collector
from django.db.models.signals import post_delete, pre_delete
from django.test import TestCase

from sequere.api import follow, get_followers_count
from sequere.testing.models import Club, Person, Stranger
from tests.testapp.models import Bot, HelpfulBot


class HookTests(TestCase):
    def test_it_listens_to_registered_models_and_their_proxies_only(self) -> None:
        for model, listens in (
            (Person, True),
            (Bot, True),
            (HelpfulBot, True),
            (Stranger, False),
            (Model, False),
        ):
            for signal in (pre_delete, post_delete):
                self.assertIs(signal.has_listeners(model), listens, model)

    def test_a_proxy_that_is_made_later(self) -> None:
        class Late(Person):
            class Meta:
                proxy = True
                app_label = "testapp"

        self.assertTrue(post_delete.has_listeners(Late))

    def test_a_deletion_without_an_origin(self) -> None:
        person, club = Person.objects.create(name="x"), Club.objects.create()
        follow(person, club)
        collector = Collector(using="default", origin=None)
        collector.collect([person])
        collector.delete()
        self.assertEqual(get_followers_count(club), 0)
