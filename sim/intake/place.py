"""Places in a tree: where a location of pydantic's, or a dotted path, leads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sim.intake import shape
from sim.intake.tree import Node
from sim.scenario import Scenario


@dataclass(frozen=True)
class Place:
    """A node, what may stand there, and the keys that lead to it as they are written.

    missing: the first key of the way that the file does not have; the place is where the way ended.
    """

    node: Node
    annotation: Any = Scenario
    path: tuple[str | int, ...] = ()
    above: Place | None = None
    missing: str | None = None

    @property
    def field(self) -> str:
        """As messages and `--set` write it: change.one_of.1.chance."""
        return ".".join(str(key) for key in self.path)

    @property
    def noun(self) -> type | None:
        """The dataclass that this mapping is; None if that is open, or if it is none."""
        return shape.chosen(self.annotation, self.node)

    def words(self) -> tuple[str, ...]:
        """What may be written here: the fields of the noun, or of all that it may be; names of a free mapping."""
        if self.noun:
            return tuple(shape.keys_of(self.noun))
        known = shape.known_keys(shape.nouns(self.annotation))
        return known or (tuple(self.node.value) if isinstance(self.node.value, dict) else ())

    def has(self, key: str | int) -> bool:
        inside = self.node.value
        if isinstance(inside, list):
            return isinstance(key, int) and 0 <= key < len(inside)
        return isinstance(inside, dict) and key in inside

    def inside(self) -> Iterator[Place]:
        """Every place one step below."""
        inside = self.node.value
        keys = inside if isinstance(inside, dict) else range(len(inside)) if isinstance(inside, list) else ()
        yield from (self.step(key) for key in keys)

    def step(self, key: str | int) -> Place:
        below = shape.below(self.annotation, self.node, key)
        return Place(self.node.value[key], below, (*self.path, key), self)


def at_location(root: Node, location: tuple[str | int, ...]) -> Place:
    """Follow a location of pydantic's, passing over the names of union members that it puts in between."""
    place, passed = Place(root), False
    for key in location:
        tag = shape.tag_of(place.noun) if place.noun and len(shape.nouns(place.annotation)) > 1 else None
        if tag and tag[1] == key and not passed:
            passed = True
        elif place.has(key):
            place, passed = place.step(key), False
        else:
            return Place(place.node, place.annotation, place.path, place.above, missing=str(key))
    return place


def at_path(root: Node, field: str) -> Place:
    """Follow a dotted path as far as the file goes."""
    place = Place(root)
    for part in field.split(".") if field else ():
        key: str | int = int(part) if isinstance(place.node.value, list) and part.isdecimal() else part
        if not place.has(key):
            return Place(place.node, place.annotation, place.path, place.above, missing=part)
        place = place.step(key)
    return place
