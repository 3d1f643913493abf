from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed


class NameAuthentication(TokenAuthentication):
    """A token without a table: the token is the name of the user."""

    def authenticate_credentials(self, key: str) -> tuple[Any, Any]:
        user = get_user_model().objects.filter(username=key).first()
        if user is None:
            raise AuthenticationFailed
        return user, key
