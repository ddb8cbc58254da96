"""The one place where a module is read at its first use instead of at the start.

For packages that are large and seldom needed: most commands and processes never draw a page.
The importing module names the package twice, so that the type checker sees a plain import::

    if TYPE_CHECKING:
        import holidays
    else:
        holidays = lazy("holidays")

The product's own rule.
"""

import importlib
from types import ModuleType
from typing import Any


class LazyModule(ModuleType):
    """Stands for a module until one of its names is asked for.

    Python's own LazyLoader puts the unread module where every other importer finds it, and before
    Python 3.12 two threads could see it half read; this one leaves both to the import system.
    """

    _whole: ModuleType | None = None

    def __getattr__(self, name: str) -> Any:
        """The module's own attribute; ImportError when it is not installed."""
        if self._whole is None:
            self._whole = importlib.import_module(self.__name__)
        return getattr(self._whole, name)


def lazy(name: str) -> ModuleType:
    """The module `name`, read at first use."""
    return LazyModule(name)
