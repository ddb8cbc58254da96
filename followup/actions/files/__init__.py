"""Files beside a record: added, removed and restored, released to safety or withdrawn."""

from followup.actions.files.adding import FileInput, add, remove, restore
from followup.actions.files.intake import FAULTS
from followup.actions.files.releasing import release, withdraw_release

__all__ = ["FAULTS", "FileInput", "add", "release", "remove", "restore", "withdraw_release"]
