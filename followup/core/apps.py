"""Django application of the ground floor; installs the database guards after migration."""

from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import register
from django.db.models.signals import post_migrate, pre_migrate

from followup.core import checks, guards


def _install(sender: AppConfig, using: str, **kwargs: Any) -> None:
    # The signal comes once per application with models; after the last one every table is there.
    if sender.name == [app.name for app in apps.get_app_configs() if app.models_module][-1]:
        guards.install(using)
        plan = kwargs.get("plan") or []
        applied = [f"{migration.app_label}.{migration.name}" for migration, _back in plan]
        guards.note_upgrade(using, applied)


def _withdraw(sender: AppConfig, using: str, **_kwargs: Any) -> None:
    if sender.name == "followup.core":
        guards.withdraw_views(using)


class CoreConfig(AppConfig):
    """Label `core`; owns AUTH_USER_MODEL."""

    name = "followup.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Guards are re-made after each migrate, for every table; machine checks are known."""
        register(checks.chinese_font)
        register(checks.pango)
        pre_migrate.connect(_withdraw, dispatch_uid="everwatch.views")
        post_migrate.connect(_install, dispatch_uid="everwatch.guards")
