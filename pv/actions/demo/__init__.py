"""The demo's world: invented people, lives and cases, told through the real actions."""

from pv.actions.demo.seeding import Seeded, fill_register, is_empty, refuse_production, seed
from pv.actions.demo.world import LOGINS, Login

__all__ = ["LOGINS", "Login", "Seeded", "fill_register", "is_empty", "refuse_production", "seed"]
