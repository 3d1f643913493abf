"""Settings of a site with django-tenants, as the guide to tenants describes it."""

from __future__ import annotations

from tests.settings import SERVER

SECRET_KEY = "tests"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django_tenants.postgresql_backend",
        "NAME": "sequere_tenants",
        **SERVER,
    }
}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
TENANT_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "sequere",
]
SHARED_APPS = ["django_tenants", "tests.tenants.customers", *TENANT_APPS]
INSTALLED_APPS = SHARED_APPS
TENANT_MODEL = "customers.Customer"
TENANT_DOMAIN_MODEL = "customers.Domain"
MIDDLEWARE = ["django_tenants.middleware.main.TenantMainMiddleware"]
ROOT_URLCONF = "tests.tenants.urls"
ALLOWED_HOSTS = ["*"]
SEQUERE_TENANT = "tests.tenants.customers.tenants.active"
