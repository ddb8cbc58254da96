"""Loading reference data: versions are added and never rewritten; product rows follow them."""

from followup.actions.reference.comparing import CHECKS, UNREAD, LoadStep, compare
from followup.actions.reference.loading import load
from followup.actions.reference.product_codes import load_product_codes
from followup.actions.reference.sites import add_site

__all__ = ["CHECKS", "UNREAD", "LoadStep", "add_site", "compare", "load", "load_product_codes"]
