"""Which keys may stand where, read from the dataclasses of the model, so that no list can grow stale."""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import WithJsonSchema
from pydantic.fields import FieldInfo

from sim.intake.tree import Node

DISCRIMINATORS = ("strategy", "judge", "fault")
"""Fields that decide which of several nouns a mapping is."""


@cache
def keys_of(noun: type) -> dict[str, Any]:
    """Key as written in a file -> annotation, in the order of the dataclass.

    >>> from sim.strategies import Trial
    >>> list(keys_of(Trial))
    ['for', 'rate', 'coverage']
    """
    hints = get_type_hints(noun, include_extras=True)
    return {written(hints[item.name], item.name): hints[item.name] for item in fields(noun)}


@cache
def names_of(noun: type) -> dict[str, str]:
    """Key as written in a file -> name of the field in Python."""
    hints = get_type_hints(noun, include_extras=True)
    return {written(hints[item.name], item.name): item.name for item in fields(noun)}


def written(annotation: Any, name: str) -> str:
    """The key that a file uses for a field: its alias where it has one (`for` is a word of Python's)."""
    for part in getattr(annotation, "__metadata__", ()):
        if isinstance(part, FieldInfo) and part.alias:
            return part.alias
    return name


def bare(annotation: Any) -> Any:
    """The annotation without Annotated[...] and without `| None`."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, types.UnionType):
            rest = [part for part in get_args(annotation) if part is not type(None)]
            if len(rest) != 1:
                return annotation
            annotation = rest[0]
        else:
            return annotation


def nouns(annotation: Any) -> tuple[type, ...]:
    """The dataclasses that a mapping in this place may be; none where a text is read (5 every 1m)."""
    if _text_only(annotation):
        return ()
    inner = bare(annotation)
    if get_origin(inner) in (Union, types.UnionType):
        return tuple(noun for part in get_args(inner) for noun in nouns(part))
    return (inner,) if isinstance(inner, type) and is_dataclass(inner) else ()


def _text_only(annotation: Any) -> bool:
    if get_origin(annotation) in (Union, types.UnionType):
        return any(_text_only(part) for part in get_args(annotation))
    for part in getattr(annotation, "__metadata__", ()):
        if isinstance(part, WithJsonSchema):
            schema = part.json_schema or {}
            return all(kind.get("type") != "object" for kind in schema.get("anyOf", [schema]))
    return False


def tag_of(noun: type) -> tuple[str, str] | None:
    """Discriminator and its value: ('strategy', 'canary'); None for a noun that stands alone."""
    for name in DISCRIMINATORS:
        annotation = bare(keys_of(noun).get(name))
        if get_origin(annotation) is Literal:
            return name, str(get_args(annotation)[0])
    return None


def chosen(annotation: Any, node: Node) -> type | None:
    """The noun that this mapping is; None if its discriminator is missing or unknown."""
    found = nouns(annotation)
    if len(found) < 2:
        return found[0] if found else None
    for noun in found:
        tag = tag_of(noun)
        if tag and isinstance(node.value, dict) and tag[0] in node.value and node.value[tag[0]].value == tag[1]:
            return noun
    return None


def below(annotation: Any, node: Node, key: str | int) -> Any:
    """Annotation of what stands under `key` of this node; None where nothing may."""
    inner = bare(annotation)
    arguments = get_args(inner)
    if isinstance(key, int):
        return arguments[0] if get_origin(inner) is tuple else None
    if get_origin(inner) is dict:
        return arguments[1]
    noun = chosen(annotation, node)
    return keys_of(noun).get(key) if noun else None


@cache
def homes(root: type) -> dict[str, tuple[str, ...]]:
    """Every key that a file may hold -> the places where it belongs, such as `change.install`."""
    found: dict[str, set[str]] = {}

    def visit(annotation: Any, path: str) -> None:
        inner = bare(annotation)
        if get_origin(inner) in (tuple, dict):
            visit(get_args(inner)[0 if get_origin(inner) is tuple else 1], path)
            return
        for noun in nouns(annotation):
            tag = tag_of(noun)
            here = f"{tag[0]}: {tag[1]}" if tag else path
            for key, under in keys_of(noun).items():
                known = found.setdefault(key, set())
                if here not in known:
                    known.add(here)
                    visit(under, f"{path}.{key}".lstrip("."))

    visit(root, "")
    return {key: tuple(sorted(places)) for key, places in found.items()}


def all_nouns(root: type) -> set[type]:
    """Every dataclass that a mapping of a scenario file may be."""
    found: set[type] = set()

    def visit(annotation: Any) -> None:
        inner = bare(annotation)
        if get_origin(inner) in (tuple, dict):
            visit(get_args(inner)[0 if get_origin(inner) is tuple else 1])
            return
        for noun in nouns(annotation):
            if noun not in found:
                found.add(noun)
                for below in keys_of(noun).values():
                    visit(below)

    visit(root)
    return found


def known_keys(found: Iterable[type]) -> tuple[str, ...]:
    """Keys of all these nouns, each once."""
    return tuple(dict.fromkeys(key for noun in found for key in keys_of(noun)))
