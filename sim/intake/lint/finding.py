"""What a rule says: where, what, why, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One warning. `field` is a path as messages and `--set` write it; the caller finds its line.

    text    what will happen, with its number
    why     the reason, in terms of this scenario
    advice  what to change
    """

    field: str
    text: str
    why: str
    advice: str
