"""What `--set path=...` says when it says more than one value: a list, or a range in equal steps or factors."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, get_origin

from sim.intake import shape
from sim.intake.place import Place
from sim.intake.problems import InputError, Problem
from sim.intake.tree import Node
from sim.units import count, factor, per_second, say_rate, say_seconds, say_share, seconds

RANGE = re.compile(r"(?P<low>.+?)\.\.(?P<high>[^:]+)(?::(?P<step>[^:]*)(?::(?P<many>[^:]*))?)?")
FORM = "a range is FROM..TO:lin:N or FROM..TO:log:N, like 1%..25%:log:8"
TIE = " & "
"""Between fields that move together, and between their values."""
DIGITS = (4, 6, 9, 12, 17)
"""Significant digits of values inside a range: the first of these that tells them apart."""
OPENING = dict(zip("[{(", "]})", strict=True))


class Listed(NamedTuple):
    """The values one by one; `trial` any of them, to see whether the field takes it."""

    items: tuple[str, ...]

    @property
    def trial(self) -> str:
        return self.items[0]

    def __len__(self) -> int:
        return len(self.items)

    def values(self, setting: str) -> tuple[str, ...]:
        for item in self.items:
            if not item:
                raise refused(setting, "an empty place in the list of values")
            if self.items.count(item) > 1:
                raise refused(setting, f"{item} is in the list twice")
        return self.items

    def drawn(self, shares: Sequence[float], setting: str) -> list[str]:
        items = self.values(setting)
        return [items[int(share * len(items))] for share in shares]


@dataclass(frozen=True)
class Range:
    """low..high:step:many, as written; `whole`: the field, or both ends, are whole numbers."""

    low: str
    high: str
    step: str
    many: str | None
    field_is_float: bool

    @property
    def trial(self) -> str:
        return self.low

    def __len__(self) -> int:
        if not self.many or not self.many.isdecimal():
            return 1                                               # refused when its values are asked for
        return int(self.many) if len(self.many) < 19 else 10**18

    def values(self, setting: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.all_values(setting)))      # whole numbers may fall together: each once

    def all_values(self, setting: str) -> list[str]:
        """As many as were asked for, equal ones too."""
        if self.many is None:
            raise refused(setting, f"how many values? {FORM}")
        if not self.many.isdecimal() or int(self.many) < 2:
            raise refused(setting, f"{self.many!r} values: must be a whole number from 2 up; {FORM}")
        at, say = self._scale(setting)
        many = int(self.many)
        inner = [at(k / (many - 1)) for k in range(1, many - 1)]
        for digits in DIGITS:
            said = [self.low, *(say(value, digits) for value in inner), self.high]
            if len(set(said)) == many:
                break
        return said

    def drawn(self, shares: Sequence[float], setting: str) -> list[str]:
        if self.many is not None:
            raise refused(setting, "with --lhs N a range has no number of its own: FROM..TO:lin or FROM..TO:log")
        at, say = self._scale(setting)
        return [say(at(share), DIGITS[1]) for share in shares]

    def _scale(self, setting: str) -> tuple[Callable[[float], float], Callable[[float, int], str]]:
        """The value at a share of the way, and how it is written."""
        if self.step not in ("lin", "log"):
            raise refused(setting, f"step {self.step!r} must be lin or log; {FORM}")
        low, high, say = _ends(self.low, self.high, setting, self.field_is_float)
        if low == high:
            raise refused(setting, f"the range {self.low}..{self.high} is empty")
        if low > high:
            raise refused(setting, f"the range runs backwards: did you mean {self.high}..{self.low}?")
        if self.step == "log":
            if low <= 0:
                raise refused(setting, f"a range with log steps cannot begin at {self.low}: give a start above 0")
            return lambda share: low * (high / low) ** share, say
        return lambda share: low + (high - low) * share, say


class Tied(NamedTuple):
    """Several fields that move together: `a & b=1..10:log:4 & 5,6,7,8`. Their values are joined by the same sign."""

    paths: tuple[str, ...]
    found: tuple[Listed | Range, ...]

    @property
    def trial(self) -> str:
        return TIE.join(one.trial for one in self.found)

    def __len__(self) -> int:
        return max(len(one) for one in self.found)

    def values(self, setting: str) -> tuple[str, ...]:
        columns = []
        for path, one in zip(self.paths, self.found, strict=True):
            columns.append(one.all_values(setting) if isinstance(one, Range) else list(one.values(setting)))
            if len(columns[-1]) != len(columns[0]):
                said = f"{self.paths[0]} has {len(columns[0])} values and {path} {len(columns[-1])}: as many of each"
                raise refused(setting, said)
        return tuple(dict.fromkeys(TIE.join(row) for row in zip(*columns, strict=True)))

    def drawn(self, shares: Sequence[float], setting: str) -> list[str]:
        return [TIE.join(row) for row in zip(*(one.drawn(shares, setting) for one in self.found), strict=True)]


class Wanted(NamedTuple):
    """An axis as it was asked for."""

    path: str
    text: str
    found: Listed | Range | Tied


def lead(value: str) -> str:
    """The first of values that are tied together, for where there is no room for all.

    >>> lead("10 & 500/s"), lead("10")
    ('10', '10')
    """
    return value.split(TIE)[0]


def untied(path: str, value: str) -> list[str]:
    """What `--set` takes, one setting a field.

    >>> untied("a & b", "10 & 500/s")
    ['a=10', 'b=500/s']
    """
    if TIE not in path:
        return [f"{path}={value}"]
    return [f"{one}={said}" for one, said in zip(path.split(TIE), value.split(TIE), strict=True)]


def parts(setting: str) -> tuple[str, str]:
    path, _, text = setting.partition("=")
    if "&" in path:
        path, text = (TIE.join(part.strip() for part in words.split("&")) for words in (path, text))
    return path.strip(), text.strip()


def spread(root: Node, setting: str) -> Listed | Range | Tied | None:
    """The several values that a setting says; None if it says one. Raises InputError for a range that is none."""
    path, text = parts(setting)
    if TIE not in path:
        return _single(root, setting)
    paths, texts = path.split(TIE), text.split(TIE)
    if len(paths) != len(texts):
        raise refused(setting, f"{len(paths)} fields are tied and {len(texts)} sorts of values given: as many of each")
    found = [_single(root, f"{one}={said}") for one, said in zip(paths, texts, strict=True)]
    several = tuple(one for one in found if one is not None)
    if len(several) < len(found):
        raise refused(setting, "each of the fields that are tied needs several values")
    return Tied(tuple(paths), several)


def _single(root: Node, setting: str) -> Listed | Range | None:
    path, text = parts(setting)
    if not path or not text:
        return None
    wanted = _annotation(root, path)
    inner = shape.bare(wanted)
    if inner is str:
        return None                                                # a name may have commas and dots in it
    if text[0] not in "[{'\"" and ".." in text:
        match = RANGE.fullmatch(text)
        if not match:
            raise refused(setting, FORM)
        low, high, step, many = (part and part.strip() for part in match.group("low", "high", "step", "many"))
        return Range(low, high, step or "", many, inner is float)
    listed = text.startswith("[") and text.endswith("]")
    items = _split(text[1:-1] if listed else text)
    if listed and get_origin(inner) is tuple and not all(item.startswith("[") for item in items):
        return None                                                # the field itself is a list
    return Listed(tuple(items)) if listed or len(items) > 1 else None


def _annotation(root: Node, path: str) -> object:
    """What may stand under a path, though the file may have left it out; None for a path that leads nowhere."""
    place = Place(root)
    for part in path.split("."):
        key: str | int = int(part) if isinstance(place.node.value, list) and part.isdecimal() else part
        if place.has(key):
            place = place.step(key)
        else:
            below = shape.below(place.annotation, place.node, key)
            place = Place(Node({}, None, ""), below, (*place.path, key), place)
    return place.annotation


def _split(text: str) -> list[str]:
    """Items between commas that stand outside of brackets and quotes.

    >>> _split("1, [2, 3], 'a, b'")
    ['1', '[2, 3]', "'a, b'"]
    """
    items, item, closing, quote = [], "", "", ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in OPENING:
            closing += OPENING[letter]
        elif closing and letter == closing[-1]:
            closing = closing[:-1]
        elif letter == "," and not closing:
            items.append(item.strip())
            item = ""
            continue
        item += letter
    return [*items, item.strip()]


def _ends(
    low: str, high: str, setting: str, field_is_float: bool
) -> tuple[float, float, Callable[[float, int], str]]:
    """Both ends as numbers of one kind, and how a number between them is written."""
    kinds: list[tuple[Callable[[str], float], Callable[[float, int], str]]] = [
        (lambda text: _plain(text, field_is_float), _say_plain if field_is_float else _say_whole),
        (_plain_or_fraction, _say_plain),
        (_zero_or(factor), lambda value, digits: say_share(_rounded(value, digits))),
        (_zero_or(seconds), lambda value, digits: say_seconds(_rounded(value, digits))),
        (_zero_or(per_second), lambda value, digits: say_rate(_rounded(value, digits))),
    ]
    for read_one, say in kinds:
        try:
            return read_one(low), read_one(high), say
        except ValueError:
            continue
    raise refused(setting, f"{low!r} and {high!r} must be numbers of one kind, like 1%..25%, 10m..2h or 10..1k")


def _plain(text: str, field_is_float: bool) -> float:
    if field_is_float and not re.fullmatch(r"\d+(\.\d+)?", text):
        raise ValueError(text)                                     # such a field knows no 10k
    return float(text) if field_is_float else count(text)


def _plain_or_fraction(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise ValueError(text)
    return float(text)


def _zero_or(read_one: Callable[[str], float]) -> Callable[[str], float]:
    return lambda text: 0.0 if text == "0" else read_one(text)


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def _say_plain(value: float, digits: int) -> str:
    return f"{Decimal(repr(_rounded(value, digits))).normalize():f}"


def _say_whole(value: float, digits: int) -> str:
    return str(round(value))


def refused(setting: str, message: str) -> InputError:
    return InputError([Problem(file=f"--set {setting}", message=message)])
