"""The fields of a mapping in a lesson, taken one by one: each may be missing, wrong or left over, and says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sim.intake.problems import Problem, closest, suggest
from sim.intake.tree import Node

T = TypeVar("T")


@dataclass
class Fields:
    """A mapping while it is read. name: what the mapping is called in messages; empty for the front matter."""

    node: Node
    name: str
    known: tuple[str, ...]
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        inside = self.node.value
        if not isinstance(inside, dict):
            self.refuse(None, f"a mapping is wanted, with keys such as {', '.join(self.known[:4])}")
            inside = {}
        self.inside: dict[str, Node] = inside
        for key in inside:
            if key not in self.known:
                self.refuse(key, f"is unknown here, {suggest(key, self.known)}", value=False)

    def refuse(self, key: str | None, message: str, *, value: bool = True) -> None:
        """Note a problem at a key, or at the mapping itself."""
        node = self.inside.get(key, self.node) if key is not None else self.node
        name = ".".join(part for part in (self.name, key) if part)
        told = str(node) if value and key is not None and not isinstance(node.value, (dict, list)) else ""
        self.problems.append(Problem(file=node.file, line=node.line, field=name, value=told, message=message))

    def text(self, key: str, missing: str | None = None) -> str:
        """A text that is not empty; `missing` where the key is left out, None: it must be there."""
        node = self.inside.get(key)
        if node is None:
            if missing is None:
                self.problems.append(Problem(
                    file=self.node.file, line=self.node.line, message="is missing",
                    field=".".join(part for part in (self.name, key) if part),
                ))
            return missing or ""
        if isinstance(node.value, (dict, list)) or node.value is None or not node.text.strip():
            self.refuse(key, "a text is wanted")
            return missing or ""
        return str(node.value) if isinstance(node.value, str) else node.text

    def count(self, key: str, missing: int, least: int, most: int) -> int:
        """A whole number from least to most."""
        node = self.inside.get(key)
        if node is None:
            return missing
        value = node.value
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.refuse(key, f"must be a whole number from {least:,} to {most:,}")
            return missing
        return value

    def word(self, key: str, known: Sequence[str], missing: str | None = None) -> str:
        """One of some words."""
        said = self.text(key, missing)
        if said and said not in known:
            near = closest(said, known)
            hint = f": did you mean {near}?" if near else ""
            self.refuse(key, f"must be one of {', '.join(known)}{hint}")
            return known[0]
        return said or known[0]

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where it is left out."""
        node = self.inside.get(key)
        if node is None:
            return ()
        items = node.value if isinstance(node.value, list) else None
        if items is None or any(isinstance(item.value, (dict, list)) or item.value is None for item in items):
            self.refuse(key, "a list of names is wanted: [...]")
            return ()
        return tuple(str(item.value) for item in items)

    def read(self, key: str, reader: Callable[[str], T]) -> T | None:
        """A text that `reader` understands; its ValueError becomes the problem."""
        said = self.text(key)
        if not said:
            return None
        try:
            return reader(said)
        except ValueError as error:
            self.refuse(key, str(error))
            return None
