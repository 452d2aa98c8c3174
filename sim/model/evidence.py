"""What can be seen, and who judges it. A judge gets evidence, never a fault: it cannot cheat."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple, Protocol


class Verdict(IntEnum):
    """What a judge says of the evidence so far. Ranked: of several judges the highest wins."""

    PROMOTE = 0
    HOLD = 1
    ROLL_BACK = 2


class Counts(NamedTuple):
    """Requests of one group in one window, as the monitor saw them.

    Whole numbers for one window, int64 arrays of shape (windows,) for a block of windows.
    """

    requests: Any
    failed: Any
    slow: Any


class Evidence(NamedTuple):
    """One scrape window, or a block of equal ones.

    end_s      end of the window(s), seconds since the rollout began
    width_s    length of a window: the scrape
    judged     the group under judgement: the new version for a gate, the whole service for an alert
    control    servers deliberately left on the old version; zeros where there are none
    whole      everything the balancer saw
    before     the whole service in as many windows before the rollout began; None where nobody compares with them
    """

    end_s: Any
    width_s: float
    judged: Counts
    control: Counts
    whole: Counts
    before: Counts | None = None


class Setting(NamedTuple):
    """What a judge may know before it looks: the scrape, the promise, and what a scrape usually held before.

    The prior counts (expected requests, failed and slow a scrape) are zero for a group that did not exist.
    """

    scrape_s: float
    availability: float
    prior: Counts = Counts(0.0, 0.0, 0.0)


class Judge(Protocol):
    """Evidence in, verdict out; parameters in the object, everything remembered in `state`.

    `look` is the plain way, one window. `scan` takes a block of W windows and returns how many leading
    windows are calm (verdict not ROLL_BACK and nothing worth a closer look) with the state after them and
    the verdict of the last of them; it must equal W calls of `look`. A judge may call any window not calm: it
    is then looked at plainly. With 0 calm windows the state comes back unchanged and the verdict is None.
    """

    def start(self, setting: Setting) -> Any: ...

    def look(self, state: Any, evidence: Evidence) -> tuple[Any, Verdict]: ...

    def scan(self, state: Any, block: Evidence) -> tuple[int, Any, Verdict | None]: ...
