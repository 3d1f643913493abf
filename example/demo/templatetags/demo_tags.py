from __future__ import annotations

from django import template

from demo import faces

register = template.Library()
register.simple_tag(faces.draw, name="face")
