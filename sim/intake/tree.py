"""YAML 1.2 text -> nodes that know their lines. Everything else that YAML can do is refused.

The parser hands over one event after the other, so a bomb is refused at the event that would make it
one: too deep, too many values once aliases are followed, a tag, a second document. Keys are the words
as written: `on`, `no` and `1` are keys, never booleans or numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sim.intake.problems import InputError, Problem, shown
from sim.intake.scalar import scalar
from sim.intake.syntax import code_of, syntax

DEEPEST = 50
MOST_VALUES = 20_000


@dataclass(frozen=True)
class Node:
    """A scalar, a list of nodes or a mapping of nodes, with the line of its key (from 1).

    text    a scalar as it was written; quotes included
    size    values in it, aliases followed; `height` levels below it
    file    where it was written; `line` None for an override
    """

    value: Any
    line: int | None
    file: str
    text: str = ""
    size: int = 1
    height: int = 0

    def __str__(self) -> str:
        """As a message shows it: the text itself, or the start of a list or mapping."""
        return shown(self._flow(40))

    def _flow(self, room: int) -> str:
        if not isinstance(self.value, (dict, list)):
            return "nothing" if self.value is None else self.text
        named = isinstance(self.value, dict)
        inside = ""
        for key in self.value if named else range(len(self.value)):
            inside += (", " if inside else "") + (f"{key}: " if named else "")
            if len(inside) > room:
                break
            inside += self.value[key]._flow(room - len(inside))
        return f"{{{inside}}}" if named else f"[{inside}]"

    def plain(self) -> Any:
        """The same as Python's dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value


@dataclass
class Grown:
    """A tree and what was wrong with it that did not keep it from growing: tags, keys given twice."""

    root: Node
    problems: list[Problem] = field(default_factory=list)


def grow(text: str, file: str, *, line: int | None = 1) -> Grown:
    """Read one YAML document. line: of the text's first line in its file, None where lines mean nothing.

    Raises InputError for what is not one document of plain YAML: syntax, NUL, depth, size.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    grower = _Grower(file, line)
    if "\0" in text:
        raise grower.stop(text.count("\n", 0, text.index("\0")), "a NUL character: this is not a text file")
    try:
        return grower.document(iter(YAML(typ="safe", pure=True).parse(text)))
    except ReaderError as error:
        row = text.count("\n", 0, error.position)
        raise grower.stop(row, f"the character U+{code_of(error.character):04X} is not allowed in YAML") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise grower.stop(mark.line if mark else 0, syntax(error)) from None
    except (YAMLError, ValueError) as error:                 # a `%YAML` line with a strange version, say
        if isinstance(error, InputError):
            raise
        raise grower.stop(0, f"not YAML: {shown(error)}") from None


class _Grower:
    """Follows the events of one document, and counts."""

    def __init__(self, file: str, first_line: int | None) -> None:
        self.file = file
        self.first_line = first_line
        self.values = 0
        self.anchors: dict[str, Node | None] = {}            # None: still growing
        self.problems: list[Problem] = []

    def problem(self, row: int, message: str, name: str = "", value: str = "") -> Problem:
        line = None if self.first_line is None else row + self.first_line
        return Problem(file=self.file, line=line, field=name, value=value, message=message)

    def stop(self, row: int, message: str, value: str = "") -> InputError:
        return InputError([*self.problems, self.problem(row, message, value=value)])

    def document(self, events: Iterator[Any]) -> Grown:
        root: Node | None = None
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent" and root is not None:
                raise self.stop(event.start_mark.line, "a second document: one scenario a file")
            if kind in ("ScalarEvent", "MappingStartEvent", "SequenceStartEvent", "AliasEvent"):
                root = self.node(event, events, "", 0)
        if root is None or (root.value is None and not root.text):
            said = "is empty; `coalmine new` writes a scenario to start from"
            raise InputError([Problem(file=self.file, message=said)])
        return Grown(root, self.problems)

    def node(self, event: Any, events: Iterator[Any], path: str, depth: int) -> Node:
        row = event.start_mark.line
        line = None if self.first_line is None else row + self.first_line
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self.alias(event, path, depth)
        self.count(1, row)
        if depth >= DEEPEST:
            raise self.stop(row, f"nested deeper than {DEEPEST} levels")
        if getattr(event, "tag", None):
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self.problems.append(self.problem(row, "tags are not allowed: write the plain value", path, tag))
        if event.anchor:
            self.anchors[event.anchor] = None
        if kind == "ScalarEvent":
            made = Node(scalar(event), line, self.file, text=_written(event))
        elif kind == "MappingStartEvent":
            made = self.mapping(row, line, events, path, depth)
        else:
            items: list[Node] = []
            for inner in events:
                if type(inner).__name__ == "SequenceEndEvent":
                    break
                items.append(self.node(inner, events, f"{path}.{len(items)}".lstrip("."), depth + 1))
            made = _measured(Node(items, line, self.file), items)
        if event.anchor:
            self.anchors[event.anchor] = made
        return made

    def mapping(self, row: int, line: int | None, events: Iterator[Any], path: str, depth: int) -> Node:
        items: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        seen: dict[str, int | None] = {}
        for key in events:
            if type(key).__name__ == "MappingEndEvent":
                break
            if type(key).__name__ != "ScalarEvent":
                raise self.stop(key.start_mark.line, "a key must be one word")
            name, at = str(key.value), key.start_mark.line
            inside = f"{path}.{name}".lstrip(".")
            value = self.node(next(events), events, inside, depth + 1)
            value = replace(value, line=None if self.first_line is None else at + self.first_line)
            if name in seen:
                first = f" (the first is in line {seen[name]})" if seen[name] is not None else ""
                self.problems.append(self.problem(at, f"given twice{first}: keep one", inside))
            elif name == "<<" and not key.style:
                merged = self.merge(value, at)
            else:
                items[name] = value
            seen.setdefault(name, value.line)
        # What a mapping says itself goes before what it merges.
        together = {**merged, **items}
        return _measured(Node(together, line, self.file), together.values())

    def merge(self, node: Node, row: int) -> dict[str, Node]:
        parts = node.value if isinstance(node.value, list) else [node]
        if not all(isinstance(part.value, dict) for part in parts):
            raise self.stop(row, "`<<` takes a mapping, or a list of mappings", str(node))
        return {key: item for part in reversed(parts) for key, item in part.value.items()}

    def alias(self, event: Any, path: str, depth: int) -> Node:
        row, name = event.start_mark.line, event.anchor
        if name not in self.anchors:
            raise self.stop(row, f"there is no anchor &{shown(name)} above", shown(f"*{name}"))
        node = self.anchors[name]
        if node is None:
            raise self.stop(row, "an alias inside of what it stands for never ends", shown(f"*{name}"))
        self.count(node.size, row)
        if depth + node.height >= DEEPEST:
            raise self.stop(row, f"nested deeper than {DEEPEST} levels")
        return node

    def count(self, more: int, row: int) -> None:
        self.values += more
        if self.values > MOST_VALUES:
            raise self.stop(row, f"more than {MOST_VALUES:,} values, aliases followed: this is no scenario")


def _measured(node: Node, items: Any) -> Node:
    size = 1 + sum(item.size for item in items)
    return replace(node, size=size, height=1 + max((item.height for item in items), default=0))


def _written(event: Any) -> str:
    return f"{event.style}{event.value}{event.style}" if event.style in ("'", '"') else str(event.value)
