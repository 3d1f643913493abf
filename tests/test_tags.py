"""The tags and filters in templates."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Any
from unittest import mock, skipUnless

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils.functional import SimpleLazyObject

from sequere import nplusone
from sequere.api import follow, follow_many, unfollow
from sequere.exceptions import InvalidResource, LoopWarning, NotRegistered
from sequere.states import with_follow_state
from sequere.testing.base import NOON, SECOND
from sequere.testing.models import Club, Person, Stranger
from tests.endpoints import MEMORY, EndpointCase, Visitor
from tests.testapp.models import Project

BUTTON = "{% follow_button user project %}"


class ButtonTests(EndpointCase):
    def button(self, user: Any = None, project: Any = None) -> str:
        context = {"user": user or self.visitor, "project": project or self.project}
        return self.render(BUTTON, **context)

    def test_a_form(self) -> None:
        button = self.button()
        ref = f"projet:{self.project.pk}"
        for part in (
            '<form class="sequere-follow" method="post"',
            f'action="{self.url("follow", self.project)}"',
            f'data-sequere-follow="{ref}"',
            '<input type="hidden" name="csrfmiddlewaretoken" value="t0ken">',
            '<input type="hidden" name="action" value="follow">',
            '<input type="hidden" name="next" value="/a%20page/?b=c">',
            'aria-pressed="false"',
            'aria-label="Follow La classe americaine"',
            "<span>Follow</span></button>",
            "0 followers",
        ):
            self.assertIn(part, button)

    def test_the_form_of_who_follows(self) -> None:
        follow(self.visitor, self.project)
        button = self.button()
        for part in (
            'value="unfollow"',
            'aria-pressed="true"',
            'aria-label="Following La classe americaine"',
            "<span>Following</span></button>",
            "1 follower<",
        ):
            self.assertIn(part, button)

    def test_the_form_works(self) -> None:
        for following in (True, False):
            button = self.button()
            action = button.partition('name="action" value="')[2].partition('"')[0]
            answer = self.post(self.project, action=action).json()
            self.assertIs(answer["is_following"], following)

    def test_who_is_not_logged_in(self) -> None:
        for user in (AnonymousUser(), SimpleLazyObject(AnonymousUser)):
            button = self.button(user)
            self.assertIn('href="/accounts/login/?next=/a%2520page/%3Fb%3Dc"', button)
            self.assertIn('aria-label="Follow La classe americaine"', button)
            self.assertIn("0 followers", button)
            self.assertNotIn("<form", button)
        self.assertIn(
            "href=", self.render("{% follow_button None x %}", x=self.project)
        )

    def test_a_lazy_user(self) -> None:
        self.assertIn("<form", self.button(SimpleLazyObject(lambda: self.visitor)))

    def test_none_for_oneself(self) -> None:
        self.assertEqual(self.button(project=self.visitor).strip(), "")

    def test_none_where_it_is_forbidden(self) -> None:
        def can_follow(*arguments: Any) -> bool:
            raise PermissionDenied("Members only.")

        self.options(Project, can_follow=can_follow)
        self.assertEqual(self.button().strip(), "")
        self.options(Project, can_follow=lambda self, viewer, target: False)
        self.assertEqual(self.button().strip(), "")
        follow(self.visitor, self.project)
        self.assertIn('value="unfollow"', self.button())

    def test_no_count_where_it_is_private(self) -> None:
        private = Visitor.objects.create_user("private")
        button = self.button(project=private)
        self.assertIn("<form", button)
        self.assertNotIn("followers", button)

    def test_without_a_request(self) -> None:
        context: dict[str, Any] = {"project": self.project, "request": None}
        context["user"] = self.visitor
        self.assertIn('name="next" value=""', self.render(BUTTON, **context))
        context["user"] = AnonymousUser()
        self.assertIn('href="/accounts/login/"', self.render(BUTTON, **context))

    def test_what_is_no_instance(self) -> None:
        for wrong in ("", "projet:1", ("projet", "1")):
            with pytest.raises(InvalidResource):
                self.render(BUTTON, user=self.visitor, project=wrong)
        with pytest.raises(InvalidResource):
            self.render(BUTTON, user="", project=self.project)
        with pytest.raises(NotRegistered):
            self.render(BUTTON, user=self.visitor, project=Stranger.objects.create())

    def test_the_numbers_of_the_language(self) -> None:
        follow_many((Person.objects.create(name="p"), self.project) for _ in range(2))
        vars(self.project)["followers_count"] = 12345
        with override_settings(LANGUAGE_CODE="fr"):
            button = self.button()
        self.assertIn("Suivre La classe americaine", button)
        self.assertIn("<span>Suivre</span></button>", button)
        self.assertIn("12345 abonnés", button)

    def test_many_buttons_are_no_queries(self) -> None:
        projects = [Project.objects.create(name=f"p{n}") for n in range(50)]
        follow_many((self.visitor, project) for project in projects[:25])
        text = f"{{% for project in projects %}}{BUTTON}{{% endfor %}}"
        found = with_follow_state(self.visitor, projects)
        len(found)
        with self.assertNumQueries(0):
            page = self.render(text, user=self.visitor, projects=found)
        self.assertEqual(page.count('aria-pressed="true"'), 25)
        self.assertEqual(page.count('aria-pressed="false"'), 25)
        with self.assertNumQueries(0):
            page = self.render(text, user=AnonymousUser(), projects=found)
        self.assertEqual(page.count("href="), 50)

    def test_a_loop_of_single_questions_is_noticed(self) -> None:
        projects = [Project.objects.create(name=f"p{n}") for n in range(10)]
        text = f"{{% for project in projects %}}{BUTTON}{{% endfor %}}"
        for user in (self.visitor, AnonymousUser()):
            nplusone.warned.clear()
            with (
                override_settings(DEBUG=True),
                # The machine may be busy, so the time limit is generous.
                mock.patch.object(nplusone, "SECONDS", 3600.0),
                pytest.warns(LoopWarning, match="template .*with_follow_state"),
            ):
                self.render(text, user=user, projects=projects)

    def test_one_button(self) -> None:
        with CaptureQueriesContext(connection) as queries:
            self.button()
        self.assertEqual(len(queries), 0 if self.backend == MEMORY else 2)

    def test_the_script(self) -> None:
        with override_settings(STATIC_URL="/static/"):
            self.assertEqual(
                self.render("{% follow_scripts %}"),
                '<script src="/static/sequere/follow.js" defer></script>',
            )
            self.assertIn(
                ' nonce="a&lt;b" ', self.render("{% follow_scripts nonce=n %}", n="a<b")
            )

    def test_a_nonce_that_is_lazy(self) -> None:
        class LazyNonce:
            """A lazy nonce, as in Django and django-csp: it is false until it is
            rendered.
            """

            was_rendered = False

            def __bool__(self) -> bool:
                return self.was_rendered

            def __str__(self) -> str:
                self.was_rendered = True
                return "n0nce"

        page = self.render("{% follow_scripts nonce=n %}", n=LazyNonce())
        self.assertIn(' nonce="n0nce" ', page)

    def test_no_nonce(self) -> None:
        for nonce in (None, ""):
            page = self.render("{% follow_scripts nonce=n %}", n=nonce)
            self.assertNotIn("nonce", page)
        self.assertNotIn("nonce", self.render("{% follow_scripts nonce=unknown %}"))

    @skipUnless(find_spec("django.utils.csp"), "Django has had a policy since 6.0")
    def test_the_nonce_of_the_policy_of_django(self) -> None:
        from django.middleware.csp import ContentSecurityPolicyMiddleware
        from django.template.context_processors import csp
        from django.utils.csp import CSP

        def view(request: HttpRequest) -> HttpResponse:
            text = "{% load sequere_tags %}{% follow_scripts nonce=csp_nonce %}"
            return HttpResponse(Template(text).render(Context(csp(request))))

        with override_settings(SECURE_CSP={"script-src": [CSP.NONCE]}):
            middleware: Any = ContentSecurityPolicyMiddleware(view)
            answer = middleware(RequestFactory().get("/"))
        [nonce] = re.findall(r' nonce="([^"]+)" ', answer.content.decode())
        self.assertEqual(
            answer["Content-Security-Policy"], f"script-src 'nonce-{nonce}'"
        )

    def test_the_page_of_a_refusal(self) -> None:
        with override_settings(LANGUAGE_CODE="ar"):
            page = render_to_string("sequere/refused.html", {"detail": "<x>"})
        self.assertIn('<html lang="ar" dir="rtl">', page)
        self.assertNotIn("<x>", page)


class ButtonInMemoryTests(ButtonTests):
    backend = MEMORY


class TagTests(EndpointCase):
    def setUp(self) -> None:
        super().setUp()
        self.club = Club.objects.create()
        follows = (self.visitor, NOON), (self.club, NOON + SECOND)
        follow_many((follower, self.project, when) for follower, when in follows)
        follow(self.project, self.club)
        self.names = {
            "user": self.visitor,
            "project": self.project,
            "club": self.club,
            "anonymous": AnonymousUser(),
        }

    def says(self, text: str, said: str) -> None:
        self.assertEqual(self.render(text, **self.names), said)

    def test_filters(self) -> None:
        for text, said in (
            ("{{ project|identifier }}", "projet"),
            ("{{ project|followers_count }}", "2"),
            ("{{ project|followers_count:'testing.club' }}", "1"),
            ("{{ user|followings_count }}", "1"),
            ("{{ user|followings_count:'projet' }}", "1"),
            ("{{ user|is_following:project }}", "True"),
            ("{{ project|is_following:user }}", "False"),
            ("{{ anonymous|is_following:project }}", "False"),
            ("{% if user|is_following:project %}yes{% endif %}", "yes"),
        ):
            self.says(text, said)

    def test_tags(self) -> None:
        for text, said in (
            ("{% followers_count project %}", "2"),
            ("{% followers_count project 'testing.club' %}", "1"),
            ("{% followings_count user %}", "1"),
            ("{% is_following user project %}", "True"),
            ("{% is_following user club as it %}{{ it|yesno }}", "no"),
            ("{% is_following anonymous project %}", "False"),
        ):
            self.says(text, said)

    def test_lists(self) -> None:
        show = (
            "{% for who, since in list %}"
            "{{ who }}, {{ since|date:'Y'|length }};"
            "{% endfor %}"
        )
        club = f"club {self.club.pk}, 4;"
        for text, said in (
            ("{% followers project as list %}", f"{club}visitor, 4;"),
            ("{% followers project limit=1 as list %}", club),
            ("{% followers project 'visitor' limit=9 as list %}", "visitor, 4;"),
            ("{% followings project as list %}", club),
            ("{% friends project as list %}", club),
            ("{% friends user as list %}", ""),
        ):
            self.says(text + show, said)

    def test_anonymous_visitors_cost_nothing(self) -> None:
        unfollow(self.club, self.project)
        with self.assertNumQueries(0):
            self.says("{{ anonymous|is_following:project }}", "False")
