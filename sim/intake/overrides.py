"""`--set path=value`: a field changed on the raw tree, before anything is understood.

The path is the one that messages show (change.one_of.1.chance), the value is read as YAML. A path may add
what the vocabulary knows and the file left out; a word it does not know is refused with the nearest one.
A few words, such as size=50, stand for several fields at once (`assumptions.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sim.intake import shape
from sim.intake.assumptions import ASSUMPTIONS, settings_of
from sim.intake.complaints import understood
from sim.intake.place import Place
from sim.intake.problems import InputError, Problem, suggest
from sim.intake.tree import Node, grow


def overridden(root: Node, settings: Iterable[str]) -> Node:
    """The tree with all settings applied, in order. Raises InputError, naming every setting that is wrong."""
    problems: list[Problem] = []
    for setting in settings:
        try:
            root = _set(root, setting)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return root


def _set(root: Node, setting: str) -> Node:
    source = f"--set {setting}"
    path, equals, text = setting.partition("=")
    path = path.strip()
    if not equals or not path:
        raise _refused(source, "", "must be path=value, like policies.canary.bake=20m")
    if path in ASSUMPTIONS:
        return _assumed(root, path, text, source)
    grown = grow(text if text.strip() else "~", source, line=None)
    if grown.problems:
        raise InputError(grown.problems)
    return _put(Place(root), path.split("."), grown.root, source)


def _assumed(root: Node, word: str, text: str, source: str) -> Node:
    """The tree with all that a word stands for; it must be a whole scenario already."""
    scenario, wrong = understood(root)
    if scenario is None:
        raise InputError(wrong)
    for setting in settings_of(word, text, scenario, source):
        root = _set(root, setting)
    return root


def _put(place: Place, keys: list[str], value: Node, source: str) -> Node:
    """A copy of this place's node with the value at the end of the keys; nodes may be shared, so never in place."""
    if not keys:
        return value
    key, node = _key(place, keys[0], source), place.node
    if place.has(key):
        below = place.step(key)
    else:
        fresh = Node({}, None, source)
        below = Place(fresh, shape.below(place.annotation, node, key), (*place.path, key), place)
    made = _put(below, keys[1:], value, source)
    if isinstance(node.value, list):
        index = int(key)
        return replace(node, value=[*node.value[:index], made, *node.value[index + 1 :]])
    return replace(node, value={**node.value, str(key): made})


def _key(place: Place, word: str, source: str) -> str | int:
    """The key that a word of the path means here; refused with the nearest right one if it means none."""
    node, field = place.node, ".".join(str(key) for key in (*place.path, word))
    if isinstance(node.value, list):
        last = len(node.value) - 1
        if word.isdecimal() and int(word) <= last:
            return int(word)
        count = f"from 0 to {last}" if node.value else "none: it is empty"
        raise _refused(source, field, f"is no place in the list; places are numbers, {count}")
    if not isinstance(node.value, dict):
        raise _refused(source, place.field, f"is {node} here and has no fields; set it as a whole")
    known = tuple(dict.fromkeys((*place.words(), *node.value, *(() if place.path else ASSUMPTIONS))))
    if word in known:
        return word
    raise _refused(source, field, f"is unknown, {suggest(word, known)}" if known else "is unknown")


def _refused(source: str, field: str, message: str) -> InputError:
    return InputError([Problem(file=source, field=field, message=message)])
