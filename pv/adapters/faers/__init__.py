"""FDA's quarterly archives: mended file by file, loaded into one DuckDB file, counted there."""

from pv.adapters.faers.archives import Loaded, LoadedFile, WrongArchive, WrongCount, load, mend
from pv.adapters.faers.store import OTHER_DRUGS, Store, StoreBusy, Totals

__all__ = [
    "OTHER_DRUGS",
    "Loaded",
    "LoadedFile",
    "Store",
    "StoreBusy",
    "Totals",
    "WrongArchive",
    "WrongCount",
    "load",
    "mend",
]
