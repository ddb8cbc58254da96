"""Files of tabulation data sets: Dataset-JSON, transport files, Define-XML."""

from pv.adapters.datasets.spools import Spool

__all__ = ["Spool"]
