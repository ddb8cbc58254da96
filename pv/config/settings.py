"""The one settings file: every value is read from the environment or stated here."""

import sys
from importlib.util import find_spec
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from pv.config import broker
from pv.config.environment import POOL, env, folder, key_ring, password_hashers, secret, standby

BASE_DIR = Path(__file__).resolve().parents[2]
ENVIRONMENT = env.str("EVERWATCH_ENV", "production")
if ENVIRONMENT not in {"production", "demo", "test"}:
    raise ImproperlyConfigured("EVERWATCH_ENV must be production, demo or test")
PRODUCTION = ENVIRONMENT == "production"
VAR = folder("EVERWATCH_VAR", BASE_DIR / "var")

DEBUG = False
SECRET_KEY = secret("SECRET_KEY")
IDENTITY_KEYS = key_ring("IDENTITY_KEYS")
BLIND_INDEX_KEY = secret("BLIND_INDEX_KEY").encode()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
# Addresses and networks of the proxies in front, whose word on who asks is taken.
TRUSTED_PROXIES: list[str] = env.list("TRUSTED_PROXIES", [])
HTTPS = env.bool("EVERWATCH_HTTPS", PRODUCTION)
# Hosts that are spoken to over HTTP or SFTP; empty leaves it to the firewall.
_hosts: list[str] = env.list("OUTWARD_HOSTS", [])
OUTWARD_HOSTS = frozenset(name.lower().rstrip(".") for name in _hosts)
PAGE_RATE = env.str("PAGE_RATE", "600/min" if PRODUCTION else "")  # requests of one person

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "followup.core",
    "followup",
    "pv",
]
if not PRODUCTION:
    if find_spec("pv.demo") is None:
        raise ImproperlyConfigured(
            f"EVERWATCH_ENV={ENVIRONMENT} needs the demo data, which the production image does not "
            "hold. Start it from the source: ./run demo"
        )
    INSTALLED_APPS.append("pv.demo")
if env.bool("EVERWATCH_FILES_ONLY", False):
    # A command that asks no database reads no tables: half its time went into them.
    INSTALLED_APPS = ["followup.apps.FollowupFiles", "pv.apps.PvFiles"]
MIDDLEWARE = [
    "followup.core.http.bodies.WholeBodies",
    "followup.core.http.client_address.ClientAddress",
    "followup.core.http.middleware.RowSecurity",
    "followup.core.http.encryption.EncryptedMachines",
    "django.middleware.security.SecurityMiddleware",
    "followup.core.http.content_policy.ContentPolicy",
    "followup.core.http.middleware.PermissionsPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "followup.core.http.middleware.Authentication",
    "followup.core.http.middleware.SignInRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "followup.core.http.middleware.SessionRules",
    "followup.core.http.middleware.RequestContext",
    "followup.core.http.page_rate.PageRate",
    "followup.core.http.errors.ErrorPages",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "pv.config.urls"
WSGI_APPLICATION = "pv.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "followup.core.http.templates.Templates",
        "NAME": "django",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "builtins": ["followup.core.templatetags.addresses"],
            "libraries": {
                "cases": "pv.web.case_tags",
                "clocks": "pv.web.clock_tags",
                "practice": "followup.web.practice_tags",
                "scheduler": "followup.web.scheduler_tags",
                "schedules": "followup.web.schedule_tags",
                "signatures": "followup.web.signature_tags",
                "dates": "followup.web.date_tags",
                "files": "followup.web.file_tags",
                "timeline": "followup.web.timeline_tags",
                "trail": "followup.web.trail_tags",
            },
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "followup.core.http.context.shell",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]
FORM_RENDERER = "followup.core.forms.FormRenderer"
# Migrations run as the role that owns the tables; everything else as a role that owns nothing.
AS_OWNER = env.bool("EVERWATCH_AS_OWNER", False)
DATABASE_URL = env.str("DATABASE_OWNER_URL" if AS_OWNER else "DATABASE_URL", "")
if not DATABASE_URL:
    raise ImproperlyConfigured(
        "DATABASE_URL is missing (postgres://user:password@host:5432/name). "
        "`./run demo` starts an embedded PostgreSQL instead."
    )
DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=0)}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database")
DATABASES["default"]["ENGINE"] = "followup.core.database"
# "separate": each class of people has a login of its own, named after it, with the password of
# DATABASE_URL. "assumed": one login takes their roles, in tests. "one": a server without them.
DATABASE_LOGINS = env.str("DATABASE_LOGINS", "separate")
if DATABASE_LOGINS not in {"separate", "assumed", "one"}:
    raise ImproperlyConfigured("DATABASE_LOGINS must be separate, assumed or one")
_SESSION = "-c timezone=UTC -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s" + (
    "" if AS_OWNER else f" -c statement_timeout={env.str('STATEMENT_TIMEOUT', '60s')}"
)
DATABASES["default"]["OPTIONS"] = {
    # A machine that was cut off says nothing: both ends look, and give up within half a minute.
    "connect_timeout": 5,
    "tcp_user_timeout": 20_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    **DATABASES["default"].get("OPTIONS", {}),
    "options": _SESSION + " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5"
    " -c tcp_keepalives_count=3",
}
if env.bool("DATABASE_POOL", False):
    DATABASES["default"]["OPTIONS"]["pool"] = POOL  # our backend tries those that waited
# A streaming standby that lists and reports are read from; without one the primary does it all.
STANDBY_DATABASE = standby(env.str("STANDBY_DATABASE_URL", ""), DATABASES["default"])
STANDBY_WAIT_SECONDS = env.float("STANDBY_WAIT_SECONDS", 0.2)  # then the primary is asked instead
APPLICATION_ROLE = env.str("DATABASE_APPLICATION_ROLE", "everwatch_app")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", broker.REDIS_URL)
CACHES = {
    "default": {
        "BACKEND": "followup.core.http.cache.Cache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}
CELERY_BROKER_URL = broker.broker_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_TASK_TIME_LIMIT = 1500
CELERY_TASK_SOFT_TIME_LIMIT = 1440
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = broker.TRANSPORT
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = broker.QUEUE
CELERY_TASK_ROUTES = broker.ROUTES
EVERWATCH_SEND = "pv.config.celery.send"  # named, so that Celery is read when a task is sent

EMAIL_URL = env.dj_email_url("EMAIL_URL", "smtp://localhost:25")
for _key, _value in EMAIL_URL.items():
    setattr(sys.modules[__name__], _key, _value)
EMAIL_TIMEOUT = 20
MAIL_LEASE_SECONDS = env.float("MAIL_LEASE_SECONDS", 120)  # a lost sender's mail waits so long
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "everwatch@localhost")
# Erasures of identities, to be applied again after a restore: keep it apart from the backups.
ERASURES_FILE = env.str("ERASURES_FILE", str(VAR / "erasures.jsonl"))
# Where the head of the sealed trail goes, outside this database; each may be left empty.
SEAL_ANCHOR_FILE = env.str("SEAL_ANCHOR_FILE", "")
SEAL_ANCHOR_MAIL: list[str] = env.list("SEAL_ANCHOR_MAIL", [])
SEAL_STAMP_URL = env.str("SEAL_STAMP_URL", "")
# clamd, which looks at files that come with a patient: unix:/path or tcp://host:port.
MALWARE_SCANNER = env.str("MALWARE_SCANNER", "")
if MALWARE_SCANNER and not MALWARE_SCANNER.startswith(("unix:/", "tcp://")):
    raise ImproperlyConfigured("MALWARE_SCANNER must be unix:/path or tcp://host:port")
PDF_SIGNING_FILE = env.str("PDF_SIGNING_FILE", "")
PDF_SIGNING_PASSPHRASE = env.str("PDF_SIGNING_PASSPHRASE", "")
PDF_STAMP_URL = env.str("PDF_STAMP_URL", "")
PUBLIC_URL = env.str("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
METRICS_TOKEN = secret("METRICS_TOKEN") if env.str("METRICS_TOKEN", "") else ""

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = password_hashers(ENVIRONMENT)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "followup.core.security.password_rules.NotCommon"},
    {"NAME": "followup.core.security.password_rules.NotStolen"},
]
# Words of this installation (names of the hospital, its city) no password is made of alone.
PASSWORD_WORDS: list[str] = env.list("PASSWORD_WORDS", [])
BREACHED_PASSWORDS_FILE = env.str("BREACHED_PASSWORDS_FILE", "")
if BREACHED_PASSWORDS_FILE and not Path(BREACHED_PASSWORDS_FILE).is_file():
    raise ImproperlyConfigured("BREACHED_PASSWORDS_FILE names no file")
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_LOCKOUT_TEMPLATE = "errors/locked.html"
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_VERBOSE = False
# "policy" asks the roles named in sign_in.json for a second factor, "everybody" each person; "off"
# asks nobody who has none.
EVERWATCH_SECOND_FACTOR = env.str("EVERWATCH_SECOND_FACTOR", "policy" if PRODUCTION else "off")
if EVERWATCH_SECOND_FACTOR not in {"policy", "everybody", "off"}:
    raise ImproperlyConfigured("EVERWATCH_SECOND_FACTOR must be policy, everybody or off")
PASSWORD_RESET_TIMEOUT = env.int("PASSWORD_LINK_SECONDS", 3600)
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "landing"
LOGOUT_REDIRECT_URL = "login"

SESSION_ENGINE = "followup.core.security.sessions"
# A message names a patient's study code, and nothing of a patient is kept in the browser.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", 30 * 60)
SESSION_ABSOLUTE_SECONDS = env.int("SESSION_ABSOLUTE_SECONDS", 12 * 3600)
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_SECONDS
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "followup.core.http.errors.csrf_failed"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", HTTPS)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked past the proxy; they say one word
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "__Host-language" if HTTPS else "django_language"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
FORMAT_MODULE_PATH = ["followup.core.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = folder("STATIC_ROOT", VAR / "static")
STATICFILES_DIRS: list[Path] = []
MEDIA_ROOT = folder("MEDIA_ROOT", VAR / "media")
# Folders of channels lie below it, so that a channel cannot name any other place of the machine.
EXCHANGE_ROOT = folder("EXCHANGE_ROOT", VAR / "exchange")
FAERS_ROOT = folder("FAERS_ROOT", VAR / "faers")
E2B_SCHEMA_ROOT = folder("E2B_SCHEMA_ROOT", VAR / "e2b-schemas")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        # Compressing costs half a minute of CPU: worth it once in an image, not for a demo.
        "BACKEND": {
            "production": "whitenoise.storage.CompressedManifestStaticFilesStorage",
            "demo": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage",
            "test": "django.contrib.staticfiles.storage.StaticFilesStorage",
        }[ENVIRONMENT]
    },
}
WHITENOISE_USE_FINDERS = ENVIRONMENT == "test"
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site loads our scripts

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "followup.core.http.tokens.TokenAuthentication",  # first: it is what a 401 asks for
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "followup.core.http.query_names.DeclaredParameters",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["followup.core.http.json_bodies.TextParser"],
    "DEFAULT_THROTTLE_CLASSES": ["followup.core.http.throttling.ActorThrottle"],
    "DEFAULT_THROTTLE_RATES": {"actor": env.str("API_RATE", "600/min")},
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "followup.core.http.errors.api_exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Everwatch API",
    "VERSION": "1.0.0",
    "DESCRIPTION": _("Same actions and same data scope as the pages."),
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_GENERATOR_CLASS": "followup.api.documents.OnceMadeGenerator",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "followup.api.refusals.document_refusals",
    ],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "InformantEnum": ["PATIENT", "FAMILY", "OTHER"],
        "ConsentPurposeEnum": [
            *("LTFU", "HOLDER", "SAMPLES", "CROSS_BORDER", "LATER_CONTACT", "RESEARCH")
        ],
        "YesNoEnum": ["YES", "NO"],
        "AskedEnum": ["YES", "NO", "NOT_ASKED"],
        "YesNoUnknownEnum": ["YES", "NO", "UNKNOWN"],
        "VitalStatusEnum": ["ALIVE", "DEAD", "UNKNOWN"],
        "VitalStatusAfterRetractionEnum": ["ALIVE", "UNKNOWN"],
        "EventKindEnum": ["PREGNANCY", "CRS", "ICANS", "IEC_HS", "IEC_EC", "OTHER"],
        "CareKindEnum": "followup.models.concomitant_care.KINDS",
        "ErasureStateEnum": ["ASKED", "ERASING", "DONE", "REFUSED"],
        "DocumentKindEnum": "followup.models.files.KINDS",
        "CaseVersionKindEnum": ["follow_up", "amendment"],
        "SeriousnessEnum": [
            *("DEATH", "LIFE_THREATENING", "HOSPITALISATION", "DISABILITY"),
            *("CONGENITAL_ANOMALY", "OTHER_IMPORTANT"),
        ],
        "SexEnum": ["MALE", "FEMALE", "UNKNOWN"],
        "SexOfAChildEnum": ["MALE", "FEMALE"],
        "ReactionOutcomeEnum": "pv.domain.cases.icsr_builder.OUTCOME_CODES",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "followup.core.http.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
