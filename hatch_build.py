"""What an installed wheel carries beside the package: scenarios, lessons and the app.

They live at the top of the checkout, where people look for them, and travel inside the wheel as
`sim/_data/`, so that `coalmine` works from any folder. A hook and not hatch's `force-include`
table, for two reasons: the table fails on what is not there, and it puts a copy into an editable
install too, where the checkout itself is the data and a copy would only grow stale.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CARRIED = ("scenarios", "lessons", "app.py")


class CarryData(BuildHookInterface):
    """Add those of `CARRIED` that exist to a standard wheel, under `sim/_data/`."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        for name in CARRIED:
            if (Path(self.root) / name).exists():
                build_data["force_include"][name] = f"sim/_data/{name}"
