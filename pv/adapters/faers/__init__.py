"""FDA's quarterly archives: mended file by file, loaded into one DuckDB file, counted there."""

from pv.adapters.faers.archives import Loaded, LoadedFile, WrongCount, load, mend, sha256_of
from pv.adapters.faers.store import OTHER_DRUGS, Store, StoreBusy, Totals

__all__ = [
    "OTHER_DRUGS",
    "Loaded",
    "LoadedFile",
    "Store",
    "StoreBusy",
    "Totals",
    "WrongCount",
    "load",
    "mend",
    "sha256_of",
]
