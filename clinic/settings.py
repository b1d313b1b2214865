"""Settings of every installation: the environment decides, and production is the default."""

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from clinic.env import BASE_DIR, database, env, mail, required

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)  # shows what was "sent" and who may sign in: never with real people's data
HTTPS = env.bool("HTTPS", default=not (DEBUG or DEMO))
TEST_CLOCK = None  # only the tests move the clock

SECRET_KEY = required("SECRET_KEY", "it signs sessions and links; 50 random characters, kept out of the repository")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"] if DEBUG or DEMO else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")  # start of every link in a message

# The house, upper layers first

INSTALLED_APPS = [
    "web",
    "bookings",
    "insurers",
    "treatments",
    "patients",
    "messaging",
    "clinic",
    "allauth",
    "allauth.account",
    "django_htmx",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "web.middleware.NoStore",
    "web.middleware.Now",
    "web.middleware.FriendlyErrors",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "web.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "web.context.house",
            ],
        },
    },
]

FORM_RENDERER = "web.forms.HouseRenderer"

# Where things are kept: services own their transactions, connections persist, PgBouncer may stand in between

DATABASES = {
    "default": {
        **database(),
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}

# Language and time: instants in UTC, every clinic has its own zone

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", _("English")), ("ja", _("Japanese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "clinic.formats"
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

# Files served by the web process itself

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("bootstrap", BASE_DIR / "node_modules/bootstrap/dist"),
    ("htmx", BASE_DIR / "node_modules/htmx.org/dist"),
]
WHITENOISE_USE_FINDERS = DEBUG or DEMO
FONTS = BASE_DIR / "node_modules/dejavu-fonts-ttf/ttf"  # for letters and bills
_static = "django.contrib.staticfiles.storage.StaticFilesStorage"
PRIVATE_FILES = env.str("PRIVATE_FILES", default=str(BASE_DIR / "var/private"))  # what people upload: never served as it lies
STORAGES = {
    "private": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": PRIVATE_FILES}},
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _static if WHITENOISE_USE_FINDERS else "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Signing in

AUTH_USER_MODEL = "clinic.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ("email", "name")}},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/start/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "clinic.signin.SignIn"
ACCOUNT_FORMS = {
    "login": "web.account.forms.SignIn",
    "request_login_code": "web.account.forms.AskForCode",
    "confirm_login_code": "web.account.forms.EnterCode",
    "reset_password": "web.account.forms.AskForReset",
    "reset_password_from_key": "web.account.forms.ChooseNewPassword",
    "set_password": "web.account.forms.ChoosePassword",
    "change_password": "web.account.forms.ChangePassword",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are given to an address the clinic has proved already
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 - the library's own writes as it looks
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True  # whoever's password changes hears of it
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

# Sessions and cookies: in PostgreSQL, twelve hours at most

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
_host_only = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_host_only}session"
CSRF_COOKIE_NAME = f"{_host_only}csrf"
LANGUAGE_COOKIE_NAME = f"{_host_only}language"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"

# What browsers are told

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # asked by the machine next door, without TLS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_REFERRER_POLICY = "same-origin"  # forms need the origin to prove where they came from; no other site learns an address
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "img-src": [SELF, "data:"],
        "report-uri": "/csp-report",
    }
}

# What people are told: demo mail and texts go to folders

EMAIL_TIMEOUT = 5  # seconds for each step of handing over
vars().update(mail(default="consolemail://" if DEBUG else "smtp://localhost:25", timeout=EMAIL_TIMEOUT))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Meridian <clinic@localhost>")
SMS_URL = env.str("SMS_URL", default="")  # file:///folder writes texts there; empty sends none
SMS_CALLBACK_SECRET = env.str("SMS_CALLBACK_SECRET", default="")  # the provider signs with it what became of a text; empty: nobody is heard
MESSAGE_LEASE_SECONDS = env.float("MESSAGE_LEASE_SECONDS", default=20)  # after that long a message whose worker died is tried by another

# The waitlist: how long somebody may think about an offer, and how long before its start a freed time is still offered

OFFER_MINUTES = env.int("OFFER_MINUTES", default=30)
OFFER_LEAD_MINUTES = env.int("OFFER_LEAD_MINUTES", default=60)

# Celery only pokes: nothing is lost with Redis, nobody waits for it

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "health_check_interval": 20,
    "visibility_timeout": 300,
}
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 50
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 8
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "deliver what is due": {"task": "messaging.tasks.deliver_due", "schedule": 5, "options": {"expires": 5}},
    "offer times that came free": {"task": "bookings.tasks.offer_freed_times", "schedule": 5, "options": {"expires": 5}},
    "notice worrying answers and tasks that press": {"task": "bookings.tasks.watch", "schedule": 60, "options": {"expires": 60}},
    "tidy holds and records of visits": {"task": "bookings.tasks.tidy", "schedule": 60, "options": {"expires": 60}},
}

# What is written down about requests: the route and the outcome, never a name, an address or a private link

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"without people": {"()": "clinic.logs.WithoutPeople"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "without people"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
    },
}
