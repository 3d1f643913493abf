"""Pagination of lists by their own cursors."""

from __future__ import annotations

import sys
from typing import Any

from django.core.exceptions import BadRequest
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from sequere.contrib.drf.errors import api_error
from sequere.exceptions import BackendUnavailable, InvalidCursor
from sequere.lists import ResourceList
from sequere.types import Page
from sequere.web.listing import MAX_PAGE_SIZE, PAGE_SIZE, clean_size


class FollowCursorPagination(CursorPagination):
    """Paginates get_followers() and the other lists, with links and a count.

    A page costs the queries of ResourceList.page(), and one for the count. Raise
    ParseError for an invalid page size, an invalid cursor and a cursor of another list,
    and Unavailable if the backend cannot be reached.

    A queryset is paginated by CursorPagination, without a count.
    """

    cursor_query_param = "after"
    page_size = PAGE_SIZE
    page_size_query_param: str | None = "size"
    max_page_size: int | None = MAX_PAGE_SIZE
    ordering = "-pk"

    found: Page[Any] | None = None
    count: int | None = None

    def paginate_queryset(
        self, queryset: Any, request: Any, view: Any = None
    ) -> list[Any] | None:
        if not isinstance(queryset, ResourceList):
            return super().paginate_queryset(queryset, request, view)
        self.request = request
        self.base_url = request.build_absolute_uri()
        after = request.query_params.get(self.cursor_query_param)
        try:
            self.found = queryset.page(self.get_page_size(request), after=after)
            self.count = len(queryset)
        except (InvalidCursor, BackendUnavailable) as error:
            raise api_error(error) from error
        has_others = bool(self.found.next or self.found.previous)
        self.display_page_controls = has_others and self.template is not None
        return list(self.found.items)

    def get_page_size(self, request: Any) -> int:
        size = self.page_size
        if self.page_size_query_param:
            size = request.query_params.get(self.page_size_query_param, size)
        try:
            return clean_size(size, self.max_page_size or sys.maxsize)
        except BadRequest as error:
            raise api_error(error) from error

    def get_next_link(self) -> str | None:
        return self.link(self.found.next) if self.found else super().get_next_link()

    def get_previous_link(self) -> str | None:
        if self.found:
            return self.link(self.found.previous)
        return super().get_previous_link()

    def link(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        return replace_query_param(self.base_url or "", self.cursor_query_param, cursor)

    def get_paginated_response(self, data: Any) -> Response:
        response = super().get_paginated_response(data)
        if self.count is not None:
            response.data = {"count": self.count, **response.data}
        return response

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        found = super().get_paginated_response_schema(schema)
        description = "The length of the list, including hidden objects."
        count = {"type": "integer", "description": description}
        found["properties"] = {"count": count, **found["properties"]}
        return found

    def get_schema_operation_parameters(self, view: Any) -> list[Any]:
        parameters = super().get_schema_operation_parameters(view)
        for each in parameters:
            if each["name"] == self.page_size_query_param:
                each["schema"] |= {"minimum": 1, "default": self.page_size}
        return parameters
