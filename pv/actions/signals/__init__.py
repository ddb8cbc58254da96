"""Signals: background tables imported, signals entered and moved on, decisions signed."""

from pv.actions.signals.importing import import_counts, import_rates, keep_counts
from pv.actions.signals.register import detect, move, on_signature

__all__ = ["detect", "import_counts", "import_rates", "keep_counts", "move", "on_signature"]
