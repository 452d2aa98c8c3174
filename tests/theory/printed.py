"""Published numbers are right to the digits they print: half a unit of the last one."""

from decimal import Decimal
from typing import Any

import pytest


def printed(text: str) -> Any:
    """What a printed number allows: '.0136' is 0.0136 plus or minus 0.00005."""
    exponent = Decimal(text).as_tuple().exponent
    assert isinstance(exponent, int), text
    return pytest.approx(float(text), rel=0, abs=0.5000001 * 10.0**exponent)
