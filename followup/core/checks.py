"""System checks: what a document needs from the machine, each with the line that helps."""

import ctypes
import sys
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from followup.core.pdf import fonts

SMALLEST_FONT = 1_000_000  # bytes; a stub or a pointer of a large-file store is smaller
LIBRARIES = {
    "libpango-1.0-0": ("libpango-1.0.so.0", "libpango-1.0.dylib"),
    "libpangoft2-1.0-0": ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
    "libharfbuzz-subset0": ("libharfbuzz-subset.so.0", "libharfbuzz-subset.dylib"),
}


def chinese_font(app_configs: Sequence[AppConfig] | None = None, **_: Any) -> list[CheckMessage]:
    """E001: without our fonts Chinese is printed as boxes."""
    found = [fonts.FOLDER / name for name in fonts.FILES if name.startswith("NotoSansSC")]
    if all(path.is_file() and path.stat().st_size > SMALLEST_FONT for path in found):
        return []
    hint = f"The fonts belong to the project: restore {fonts.FOLDER} from the repository."
    return [Error("No font with Chinese characters.", hint=hint, id="everwatch.E001")]


def pango(app_configs: Sequence[AppConfig] | None = None, **_: Any) -> list[CheckMessage]:
    """E002 in production, W002 elsewhere: libraries without which no PDF is made."""
    lacking = [package for package, names in LIBRARIES.items() if not any(map(_loads, names))]
    if not lacking or sys.platform == "win32":
        return []
    message = "Documents (PDF) cannot be printed here."
    hint = f"apt-get install --no-install-recommends {' '.join(lacking)}"
    if settings.PRODUCTION:
        return [Error(message, hint=hint, id="everwatch.E002")]
    return [Warning(message, hint=hint, id="everwatch.W002")]


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
