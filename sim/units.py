"""'10m', '5%', '5000/s', '200k' <-> numbers. Inside: seconds, fractions, requests a second, whole counts.

Every number that a file may say passes through one of these types, so that a bare `15` is refused
where nobody could tell seconds from minutes. Python callers write plain numbers: `bake=10 * MINUTE`.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

SECOND = 1.0
MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0
WEEK = 7 * DAY

_STEPS = {"us": 1e-6, "ms": 1e-3, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
_PER = {"s": SECOND, "m": MINUTE, "min": MINUTE, "h": HOUR, "d": DAY}
_SCALE = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}
_NUMBER = r"\d+(?:\.\d+)?"
_DURATION = re.compile(rf"(?:{_NUMBER}(?:us|ms|s|m|h|d|w))+")
_DURATION_PART = re.compile(rf"({_NUMBER})(us|ms|s|m|h|d|w)")
_SPOKEN = re.compile(rf"({_NUMBER})\s*([A-Za-z]+)")
_WORDS = {
    "s": "sec secs second seconds",
    "m": "min mins minute minutes",
    "h": "hr hrs hour hours",
    "d": "day days",
    "w": "week weeks",
    "ms": "msec msecs millisecond milliseconds",
    "us": "usec usecs microsecond microseconds",
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

LONGEST_S = 366 * DAY
MOST_SERVERS = 1_000_000
MOST_USERS = 10_000_000_000
FASTEST_PER_S = 1e9
LARGEST_COUNT = 10**15


def _plain(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def seconds(value: Any) -> float:
    """Read a duration such as '10m', '1h30m' or '500ms' as seconds.

    0 needs no unit. Raises ValueError for a bare number, a negative one, or more than 366 days.

    >>> seconds("1h30m"), seconds("500ms"), seconds(0)
    (5400.0, 0.5, 0.0)
    """
    if _plain(value):
        if value == 0:
            return 0.0
        if not 0 < value < math.inf:
            raise ValueError("a duration must not be negative, and must be finite")
        raise ValueError(f"a duration needs a unit: did you mean '{value}s' or '{value}m'?")
    text = str(value).strip().replace(" ", "")
    if not _DURATION.fullmatch(text):
        raise ValueError(_no_duration(text))
    total = float(sum(Decimal(n) * Decimal(str(_STEPS[unit])) for n, unit in _DURATION_PART.findall(text)))
    if total > LONGEST_S:
        raise ValueError("a duration must be at most 366d: longer ones are not one rollout")
    return total


def _no_duration(text: str) -> str:
    """Why this is not a duration, with the nearest right one where it can be guessed."""
    if re.fullmatch(_NUMBER, text):
        return f"a duration needs a unit: did you mean '{text}s' or '{text}m'?"
    spoken = _SPOKEN.fullmatch(text)
    if spoken:
        word = spoken[2].lower()
        for unit, words in _WORDS.items():
            if word in (unit, *words.split()):
                return f"did you mean '{spoken[1]}{unit}'?"
    return "a duration is a number and a unit (us, ms, s, m, h, d, w), like 90s, 10m or 1h30m"


def share(value: Any) -> float:
    """Read '5%' or '99.95%' as a fraction from 0 to 1; 0 needs no sign.

    >>> share("5%"), share("99.9%"), share(0)
    (0.05, 0.999, 0.0)
    """
    number = factor(value)
    if number > 1:
        raise ValueError("a share must be at most 100%")
    return number


def factor(value: Any) -> float:
    """Read '40%' or '250%' as a multiple; 0 needs no sign. Unlike a share it may pass 100%."""
    if _plain(value):
        if value == 0:
            return 0.0
        if not 0 < value < math.inf:
            raise ValueError("a share must not be negative, and must be finite")
        hint = f"'{value * 100:g}%' or '{value:g}%'" if value <= 1 else f"'{value:g}%'"
        raise ValueError(f"a share needs a percent sign: did you mean {hint}?")
    text = str(value).strip()
    if not re.fullmatch(rf"{_NUMBER}\s*%", text):
        raise ValueError("a share is a number and a percent sign, like 5% or 99.95%, from 0% up")
    number = float(Decimal(text.rstrip("% \t")) / 100)
    if number > 1000:
        raise ValueError("a share must be at most 100000%")
    return number


def per_second(value: Any) -> float:
    """Read a rate such as '5000/s', '2k/s' or '30/min' as events a second.

    >>> per_second("5000/s"), per_second("30/m")
    (5000.0, 0.5)
    """
    match = re.fullmatch(rf"({_NUMBER})\s*([kMG]?)\s*/\s*(s|m|min|h|d)", str(value).strip())
    if not match:
        raise ValueError("a rate is a number per time (/s, /m, /h, /d), like 5000/s or 30/m")
    rate = float(match[1]) * _SCALE[match[2]] / _PER[match[3]]
    if rate > FASTEST_PER_S:
        raise ValueError("a rate must be at most 1G/s")
    return rate


def count(value: Any) -> int:
    """Read 12, '200k' or '1.5M' as a whole number from 0 up.

    >>> count("200k"), count(12)
    (200000, 12)
    """
    if isinstance(value, bool):
        raise ValueError("a count is a whole number, like 100 or 200k")
    match = re.fullmatch(rf"({_NUMBER})\s*([kMG]?)", str(value).strip())
    try:
        number = Decimal(match[1]) * _SCALE[match[2]] if match else None
    except InvalidOperation:  # pragma: no cover - the pattern admits only numbers
        number = None
    if number is None or number != int(number):
        raise ValueError("a count is a whole number from 0 up, like 100 or 200k")
    if number > LARGEST_COUNT:
        raise ValueError("a count must be at most 10^15")
    return int(number)


def number(value: Any) -> float:
    """Read a plain number from 0 up: a price, a weight. NaN and infinity are refused."""
    if not _plain(value) or not math.isfinite(value) or value < 0 or value > 1e15:
        raise ValueError("a plain number from 0 to 1e15 is wanted")
    return float(value)


def multiple(value: Any) -> float:
    """Read a factor such as 2 or 1.5, at least 1 and at most 1,000,000."""
    read = number(value)
    if not 1 <= read <= 1e6:
        raise ValueError("a factor must be from 1 (no effect) to 1000000")
    return read


def clock(value: Any) -> float:
    """Read '18:30' as seconds after midnight.

    >>> clock("18:30")
    66600.0
    """
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", str(value).strip())
    if not match or int(match[1]) > 24 or int(match[2]) > 59 or int(match[3] or 0) > 59:
        raise ValueError('a clock time is hours and minutes in quotes, like "18:30"')
    at = int(match[1]) * HOUR + int(match[2]) * MINUTE + int(match[3] or 0)
    if at > DAY:
        raise ValueError('a clock time is at most "24:00"')
    return at


def weekday_clock(value: Any) -> float:
    """Read 'Mon 10:00' as seconds since Monday midnight.

    >>> weekday_clock("Tue 01:00")
    90000.0
    """
    day, _, rest = str(value).strip().partition(" ")
    if day not in _DAYS:
        raise ValueError(f"a start is a weekday and a clock time, like Mon 10:00; weekdays are {' '.join(_DAYS)}")
    return (_DAYS.index(day) * DAY + clock(rest)) % WEEK  # Sun 24:00 is Mon 00:00


# ---- numbers -> words -------------------------------------------------------------------------


def _digits(value: Decimal) -> str:
    """A number without an exponent and without empty digits: '0.0001', '200'."""
    return f"{value.normalize():f}"


def say_seconds(value: float) -> str:
    """Write seconds as a person would: '10m', '1h30m', '2.5s'. Reads back as the same number.

    >>> say_seconds(5400), say_seconds(0.5), say_seconds(90.25)
    ('1h30m', '500ms', '1m30.25s')
    """
    if value < 0:
        return "-" + say_seconds(-value)
    if value == 0:
        return "0s"
    # Decimal, because the remainder of 0.3 s after 90 s must not become 0.299999.
    left = Decimal(repr(float(value)))
    if left < 1:
        for unit, size in (("ms", 1000), ("us", 1_000_000)):
            if left * size == int(left * size) or unit == "us":
                return f"{_digits(left * size)}{unit}"
    parts = []
    for unit, whole_s in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        whole, left = divmod(left, Decimal(int(whole_s)))
        if whole:
            parts.append(f"{int(whole)}{unit}")
    if left:
        parts.append(f"{_digits(left)}s")
    return "".join(parts)


def say_share(value: float) -> str:
    """Write a fraction as a percentage with as many digits as it needs.

    >>> say_share(0.05), say_share(0.9995), say_share(0.0002)
    ('5%', '99.95%', '0.02%')
    """
    return f"{_digits(Decimal(repr(float(value))) * 100)}%"


def say_rate(value: float) -> str:
    """Write a rate: '5000/s', or per minute, hour or day where that is a rounder number.

    >>> say_rate(5000), say_rate(0.5), say_rate(1 / 60), say_rate(2e6)
    ('5000/s', '30/m', '1/m', '2M/s')
    """
    for unit in ("s", "m", "h", "d"):
        number = value * _PER[unit]
        text = f"{_scaled(Decimal(f'{number:.15g}'))}/{unit}"
        if number >= 1 and per_second(text) == value:
            return text
    return f"{_digits(Decimal(repr(float(value))))}/s"


def say_count(value: int) -> str:
    """Write a whole number, with a suffix from 10,000 up where that is exact.

    >>> say_count(200_000), say_count(5000), say_count(1_500_001)
    ('200k', '5000', '1500001')
    """
    return _scaled(Decimal(value))


def _scaled(value: Decimal) -> str:
    for suffix in ("G", "M", "k"):
        if value >= 10_000 and value % _SCALE[suffix] == 0:
            return f"{_digits(value / _SCALE[suffix])}{suffix}"
    return _digits(value)


def say_weekday_clock(value: float) -> str:
    """Write seconds since Monday midnight as 'Mon 10:00'."""
    day, left = divmod(value, DAY)
    return f"{_DAYS[int(day) % 7]} {say_clock(left)}"


def say_clock(value: float) -> str:
    """Write seconds after midnight as '18:30'."""
    hours, left = divmod(int(value), 3600)
    text = f"{hours:02d}:{left // 60:02d}"
    return text if left % 60 == 0 else f"{text}:{left % 60:02d}"


# ---- types for fields -------------------------------------------------------------------------


def _reads(parse: Any, pattern: str, example: str, *also: dict[str, Any]) -> tuple[Any, ...]:
    texts: dict[str, Any] = {"type": "string", "pattern": pattern, "examples": [example]}
    return BeforeValidator(parse), WithJsonSchema({"anyOf": [texts, *also]} if also else texts)


_ZERO = {"const": 0}  # the only number that needs no unit
_WHOLE = {"type": "integer", "minimum": 0}
Seconds = Annotated[float, *_reads(seconds, r"^\s*(\d+(\.\d+)?(us|ms|s|m|h|d|w)\s*)+$", "10m", _ZERO)]
Share = Annotated[float, *_reads(share, r"^\d+(\.\d+)?\s*%$", "5%", _ZERO)]
Factor = Annotated[float, *_reads(factor, r"^\d+(\.\d+)?\s*%$", "150%", _ZERO)]
Rate = Annotated[float, *_reads(per_second, r"^\d+(\.\d+)?\s*[kMG]?\s*/\s*(s|m|min|h|d)$", "5000/s")]
Count = Annotated[int, *_reads(count, r"^\d+(\.\d+)?\s*[kMG]?$", "200k", _WHOLE)]
Clock = Annotated[float, *_reads(clock, r"^\d{1,2}:\d{2}(:\d{2})?$", "18:30")]
WeekdayClock = Annotated[float, *_reads(weekday_clock, r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2}:\d{2}$", "Mon 10:00")]
Number = Annotated[float, BeforeValidator(number), WithJsonSchema({"type": "number", "minimum": 0})]
Multiple = Annotated[float, BeforeValidator(multiple), WithJsonSchema({"type": "number", "minimum": 1})]
