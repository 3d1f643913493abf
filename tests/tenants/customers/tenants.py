from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from django_tenants.utils import get_tenant_model, tenant_context


def active(name: str) -> AbstractContextManager[Any]:
    tenant = get_tenant_model().objects.get(schema_name=name)
    return tenant_context(tenant)  # type: ignore[no-any-return]
