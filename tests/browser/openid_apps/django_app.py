"""Django with mozilla-django-oidc, which finds people by their email address."""
import os
import sys

import django
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import include, path

issuer = os.environ["ISSUER"]
settings.configure(
    SECRET_KEY=os.urandom(32).hex(),
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    USE_X_FORWARDED_HOST=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "django.sqlite3"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "mozilla_django_oidc",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    AUTHENTICATION_BACKENDS=["mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
    LOGIN_REDIRECT_URL="/",
    OIDC_RP_CLIENT_ID=os.environ["CLIENT_ID"],
    OIDC_RP_CLIENT_SECRET=os.environ["CLIENT_SECRET"],
    OIDC_RP_SIGN_ALGO="RS256",
    OIDC_RP_SCOPES="openid email profile",
    OIDC_USE_PKCE=True,
    OIDC_OP_AUTHORIZATION_ENDPOINT=issuer + "/oidc/authorize",
    OIDC_OP_TOKEN_ENDPOINT=issuer + "/oidc/token",
    OIDC_OP_USER_ENDPOINT=issuer + "/oidc/userinfo",
    OIDC_OP_JWKS_ENDPOINT=issuer + "/oidc/jwks",
)
django.setup()


def start(request):
    if not request.user.is_authenticated:
        return redirect("oidc_authentication_init")
    return HttpResponse(f"Signed in as {request.user.email}")


urlpatterns = [path("", start), path("oidc/", include("mozilla_django_oidc.urls"))]

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line([sys.argv[0], "migrate", "--verbosity", "0"])
    execute_from_command_line([sys.argv[0], "runserver", "--noreload", os.environ["PORT"]])
