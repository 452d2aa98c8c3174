"""A scenario back to the words of its file.

What is as by default is left out, save what a reader would miss: the knobs of a strategy and of a judge, and
what an archetype of fault brings along. So a dumped file says the same when an archetype's defaults change.
`parse(dump(s)) == s` for every scenario that a file can say; the tests try it on the whole library.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import singledispatch
from typing import Annotated, Any, get_args, get_origin

from pydantic import BeforeValidator

from sim import units
from sim.catalogue import KINDS
from sim.intake import shape
from sim.judges.base import JudgeTerm
from sim.model.change import Change, Fault, Install
from sim.model.people import Hours
from sim.model.terms import Batch, ClockWindow, Delay, KInT, Portion
from sim.scenario import Scenario
from sim.strategies import Judged, Policy

FAMILIES = (Judged, Policy, JudgeTerm, Fault)
"""What their members declare is shown; what they declare themselves is quiet when nobody has changed it."""

WIDEST = 96

_SAY: dict[Any, Callable[[Any], Any]] = {
    units.seconds: units.say_seconds,
    units.share: units.say_share,
    units.factor: units.say_share,
    units.per_second: units.say_rate,
    units.count: lambda value: value if value < 10_000 else units.say_count(value),
    units.clock: units.say_clock,
    units.weekday_clock: units.say_weekday_clock,
}


def dump(scenario: Scenario) -> str:
    """The scenario as YAML. Comments of the file it came from are lost; what it says is not."""
    return laid_out(tree(scenario))


def laid_out(words: dict[str, Any]) -> str:
    """A mapping of words as YAML, as people write scenarios: blocks above, short mappings on one line.

    >>> print(laid_out({"name": "Shop", "people": {"decide": {"median": "5m", "p95": "20m"}}}), end="")
    name: Shop
    people:
      decide: {median: 5m, p95: 20m}
    """
    return _yaml(_laid_out(words, 0, 0))


def flow(value: Any) -> str:
    """A value as YAML on one line; a text that no other value looks like is itself.

    >>> flow("5%"), flow(12), flow(["eu", "us"]), flow({"00:00": "40%"}), flow(True)
    ('5%', '12', '[eu, us]', '{00:00: 40%}', 'true')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, (dict, list)):
        made = _laid_out(value, 2, -10**9)
        made.fa.set_flow_style()
        return _yaml(made).strip()
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _yaml(value: Any) -> str:
    import io

    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 10**6                                   # long lines are broken by `_laid_out`, not inside a value
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(value, text)
    return text.getvalue()


def tree(noun: Any) -> dict[str, Any]:
    """A noun as a mapping of words.

    >>> from sim.strategies import Direct, Trial
    >>> tree(Direct()), tree(Trial())
    ({'strategy': 'direct', 'batch': 'all'}, {'for': '10m', 'rate': '10/s', 'coverage': '100%'})
    """
    kind: Any = type(noun)
    names, tag = shape.names_of(kind), shape.tag_of(kind)
    values = {key: getattr(noun, names[key]) for key in shape.keys_of(kind)}
    kept = {key for key, value in values.items() if not _quiet(noun, names[key], value)}
    # Never `test: {}`, which reads like no test: a noun that is all defaults is written in full.
    if not kept and tag is None:
        kept = {key for key, value in values.items() if value is not None}
    order = ([tag[0]] if tag else []) + [key for key in values if key in kept and (not tag or key != tag[0])]
    return {key: say(shape.keys_of(kind)[key], values[key]) for key in order}


def _quiet(noun: Any, name: str, value: Any) -> bool:
    """Whether a field may be left out: it is as by default, and nobody would miss it."""
    if isinstance(noun, Scenario) and name == "schema_version":
        return False
    if isinstance(noun, Change) and isinstance(value, Install):
        return bool(value == KINDS[noun.kind].install)
    if value != _default(type(noun), name):
        return False
    family = next((family for family in FAMILIES if isinstance(noun, family)), type(noun))
    if name in {item.name for item in fields(family)}:
        return bool(value == _default(family, name))
    return value in (None, 0, "")


def _default(noun: type, name: str) -> Any:
    item = next(item for item in fields(noun) if item.name == name)
    return item.default_factory() if item.default_factory is not MISSING else item.default


def say(annotation: Any, value: Any) -> Any:
    """A value of a field with this annotation, as a file would write it."""
    if value is None:
        return None
    reader = _reader(annotation)
    if reader in _SAY:
        return _SAY[reader](value)
    if reader is not None and isinstance(value, tuple):
        return _mapped(reader, value)
    inner = shape.bare(annotation)
    if isinstance(value, tuple):
        return [say(get_args(inner)[0], item) for item in value]
    if isinstance(value, dict):
        return {key: say(get_args(inner)[1], item) for key, item in value.items()}
    return _short(value) if isinstance(value, float) else _noun(value)


def _reader(annotation: Any) -> Any:
    """The function that reads this field from a file, None where pydantic reads it by itself."""
    while get_origin(annotation) is not Annotated and len(get_args(annotation)) > 1:
        rest = [part for part in get_args(annotation) if part is not type(None)]
        if len(rest) != 1:
            return None
        annotation = rest[0]
    parts = getattr(annotation, "__metadata__", ())
    return next((part.func for part in parts if isinstance(part, BeforeValidator)), None)


def _mapped(reader: Any, pairs: tuple[tuple[Any, float], ...]) -> Any:
    """A profile (clock time -> factor) or kinds of server (name -> share)."""
    if pairs and isinstance(pairs[0][0], str):
        return {name: units.say_share(part) for name, part in pairs}
    if pairs == ((0.0, 1.0),):
        return "flat"
    return {units.say_clock(at): units.say_share(by) for at, by in pairs}


def _short(value: float) -> float | int:
    return int(value) if value == int(value) else value


@singledispatch
def _noun(value: Any) -> Any:
    return tree(value) if is_dataclass(value) else value


@_noun.register
def _(value: Portion) -> Any:
    return value.count if value.share is None else str(value)


@_noun.register(Batch)
@_noun.register(KInT)
@_noun.register(ClockWindow)
def _(value: Any) -> Any:
    return str(value)


@_noun.register
def _(value: Delay) -> Any:
    median = units.say_seconds(value.median)
    return median if value.p95 is None else {"median": median, "p95": units.say_seconds(value.p95)}


@_noun.register
def _(value: Hours) -> Any:
    return f"{units.say_clock(value.start)}-{units.say_clock(value.until)}"


def _laid_out(value: Any, depth: int, used: int) -> Any:
    """Mappings that fit on a line are written on one, as people do; the top is always a block."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    made: Any
    if isinstance(value, dict):
        made = CommentedMap({key: _laid_out(item, depth + 1, len(str(key)) + 2) for key, item in value.items()})
    elif isinstance(value, list):
        made = CommentedSeq([_laid_out(item, depth + 1, 2) for item in value])
    else:
        return value
    many = isinstance(value, list) and len(value) > 1 and isinstance(value[0], dict)
    if depth >= 2 and not many and 2 * depth + used + _width(value) <= WIDEST:
        made.fa.set_flow_style()
    return made


def _width(value: Any) -> int:
    """Characters of a value in flow style, quotes not counted."""
    if isinstance(value, dict):
        return sum(len(str(key)) + 4 + _width(item) for key, item in value.items())
    if isinstance(value, list):
        return 2 + sum(2 + _width(item) for item in value)
    return len(str(value))
