"""Django's settings, all from the environment; the README of operations lists the variables.

``BIANMIN_CENTRE_DATA``   folder of the database, the secrets and the keys (default ``./centre-data``)
``DATABASE_URL``          ``postgresql://…``; default SQLite in the data folder
``BIANMIN_CENTRE_HOSTS``  host names this server answers to, comma-separated (default ``localhost,127.0.0.1,[::1]``)
``BIANMIN_CENTRE_HTTPS``  ``0`` only where no TLS stands in front (demo, tests); default ``1``
``BIANMIN_CENTRE_LOG``    log level (default ``INFO``)
``BIANMIN_RELEASE_KEYS``  folder with the release keys (``*.pem``) whose releases are taken (default ``release-keys``)
``BIANMIN_CENTRE_ACCEL``  prefix under which nginx serves releases itself (X-Accel-Redirect); default: this server does
``BIANMIN_CENTRE_FONTS``  folder with Noto Serif CJK and Noto Sans CJK (default: where Debian puts them)
``BIANMIN_TERMINALS_URL`` address at which terminals reach this server, if not the console's own
``BIANMIN_TLS_AUTHORITY`` PEM file of the authority behind this server's TLS certificate, if it is one of your own
"""

import os
from pathlib import Path

from central.database import database, sqlite
from central.keys import secret_key

_ENV = os.environ
DATA_DIR = Path(_ENV.get("BIANMIN_CENTRE_DATA", "centre-data")).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
_HTTPS = _ENV.get("BIANMIN_CENTRE_HTTPS", "1") != "0"
_HOSTS = _ENV.get("BIANMIN_CENTRE_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

DEBUG = False
SECRET_KEY = secret_key(DATA_DIR)
ALLOWED_HOSTS = _HOSTS
ROOT_URLCONF = "central.urls"
WSGI_APPLICATION = "central.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "central.console.apps.ConsoleConfig",  # before the admin, whose templates it replaces
    "central.console.apps.SiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "central.organisation",
    "central.catalogue",
    "central.fleet",
    "central.audit",
    "central.ferry",
    "central.support",
    "central.cases",
    "central.certificates",
    "central.updates",
    "central.public",
    "central.api",
]

MIDDLEWARE = [
    "central.api.gate.SpeaksProtocol",
    "central.headers.KeepsToItself",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {
    "default": database(_ENV["DATABASE_URL"]) if "DATABASE_URL" in _ENV else sqlite(DATA_DIR / "centre.sqlite3")
}

RELEASES = DATA_DIR / "releases"
RELEASE_KEYS = Path(_ENV.get("BIANMIN_RELEASE_KEYS", DATA_DIR / "release-keys"))
RELEASES_ACCEL = _ENV.get("BIANMIN_CENTRE_ACCEL", "").rstrip("/")

CERTIFICATE_FONTS = Path(_ENV.get("BIANMIN_CENTRE_FONTS", "/usr/share/fonts/opentype/noto"))

TERMINALS_URL = _ENV.get("BIANMIN_TERMINALS_URL", "")
TLS_AUTHORITY = Path(_ENV["BIANMIN_TLS_AUTHORITY"]) if "BIANMIN_TLS_AUTHORITY" in _ENV else None

# One terminal's push: a hundred envelopes of some 100 kB (a photo, sealed, as base64).
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True  # served from the packages themselves: no collectstatic step to forget
WHITENOISE_AUTOREFRESH = False

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_AGE = 8 * 3600  # one working day
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in _HOSTS if not host.startswith((".", "*"))] if _HTTPS else []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "central.logs.Discreet", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": _ENV.get("BIANMIN_CENTRE_LOG", "INFO")},
    "loggers": {"django": {"handlers": [], "propagate": True}, "django.server": {"handlers": [], "propagate": True}},
}
