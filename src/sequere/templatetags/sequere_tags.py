from __future__ import annotations

from django import template

from sequere.states import with_follow_state

register = template.Library()
register.simple_tag(with_follow_state)
