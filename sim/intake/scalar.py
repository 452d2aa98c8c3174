"""What a plain scalar means by the core schema of YAML 1.2: `on` and `1:30` are text, `012` is twelve."""

from __future__ import annotations

import re
from typing import Any

LONGEST_NUMBER = 60
"""Characters; what is longer stays text, and is refused as such. So no number is too large for a float."""

_NULL = re.compile(r"|~|null|Null|NULL")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INF = re.compile(r"[-+]?\.(inf|Inf|INF)")
_NAN = re.compile(r"\.(nan|NaN|NAN)")


def scalar(event: Any) -> Any:
    """What a scalar means by the core schema of YAML 1.2; quoted ones are text."""
    text = str(event.value)
    if not event.implicit[0] or event.style:
        return text
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if len(text) > LONGEST_NUMBER:
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INF.fullmatch(text):
        return float(text.replace(".", "").lower())
    return float("nan") if _NAN.fullmatch(text) else text
