"""The reference of the vocabulary as Markdown pages, from the schema, the registers and the docstrings.

Nothing here is written twice: a field's line is the field's own docstring. `coalmine schema --markdown FOLDER`
writes the pages; docs/reference/ holds them, and a test that they are current.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from sim.intake import vocabulary
from sim.intake.docstrings import explained
from sim.intake.schema import schema
from sim.model.outcome import UNITS, Outcome

Part = dict[str, Any]

FAMILIES = {
    "strategy": ("strategies.md", "Strategies", "A policy is a strategy with its knobs. It stands under `policies:`."),
    "judge": ("judges.md", "Judges", "A judge stands at a gate (`policies.NAME.judge`) or in `watch.alerts`."),
    "fault": ("faults.md", "Faults", "It stands in `change.one_of` (a change has exactly one) or in `change.faults`."),
}
"""Tag -> page, title and where such a noun may stand."""
PLACES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
MADE = "<!-- written by `coalmine schema --markdown`; do not edit -->"


def pages() -> dict[str, str]:
    """File name -> Markdown, every page that docs/reference/ has from here."""
    whole = schema()
    made = {"scenario.md": scenario_page(whole), "changes.md": kinds_page(), "columns.md": columns_page()}
    for tag, (name, title, where) in FAMILIES.items():
        made[name] = family_page(whole, tag, title, where)
    return {name: f"{MADE}\n{text}" for name, text in sorted(made.items())}


def scenario_page(whole: Part) -> str:
    """Every field outside the three families, place by place in the order of a file."""
    lines = ["# Every field of a scenario", "",
             "`coalmine new` writes a file with all of these, explained, and editors complete them.",
             "Strategies, judges and faults have fields of their own: see [strategies](strategies.md), "
             "[judges](judges.md) and [faults](faults.md).", ""]
    for path, noun in places(whole):
        lines += [f"## {path}" if path else "## At the top", "", sentence(noun), "", *table(whole, noun), ""]
    return "\n".join(lines).rstrip() + "\n"


def places(whole: Part) -> Iterable[tuple[str, Part]]:
    """Dotted place -> noun, depth first in the order of a file; families are left to their own pages."""
    seen: set[str] = set()

    def below(path: str, noun: Part) -> Iterable[tuple[str, Part]]:
        yield path, noun
        for key, part in noun.get("properties", {}).items():
            names = references(part)
            if len(names) == 1 and names[0] not in seen and tag_of(whole["$defs"][names[0]]) is None:
                seen.add(names[0])
                yield from below(f"{path}.{key}".lstrip("."), whole["$defs"][names[0]])

    yield from below("", whole)


def family_page(whole: Part, tag: str, title: str, where: str) -> str:
    """One family: what its members share, then each member with what is its own, then what stands inside fields."""
    rows = {str(next(iter(row.values()))): row for row in vocabulary.ROWS[title.lower()]()}
    named = {tag_of(noun): noun for noun in whole["$defs"].values()}
    members = {name: named[tag, name] for name in rows}
    groups = {key: frozenset(name for name in rows if key in members[name]["properties"]) for noun in members.values()
              for key in noun["properties"] if key != tag}
    everyone, shared, lines = frozenset(rows), set(), [f"# {title}", "", where, ""]
    for group in [everyone, *(everyone - {name} for name in rows)]:
        keys = [key for key, having in groups.items() if having == group and (group == everyone or "batch" not in key)]
        if keys:
            shared |= set(keys)
            but = "".join(f" but `{name}`" for name in everyone - group)
            lines += [f"## Fields of every {tag}{but}", "", *table(whole, usual(keys, members)), ""]
    common = usual(sorted(shared), members)["properties"]
    for name, noun in members.items():
        lines += [f"## {name}", "", sentence(noun), ""]
        own = {key: part for key, part in noun["properties"].items() if key not in shared and key != tag}
        lines += [*table(whole, {**noun, "properties": own}), ""] if own else []
        said = ", ".join(f"`{key}: {worded(noun['properties'][key].get('default'))}`" for key in noun["properties"]
                         if key in shared and noun["properties"][key].get("default") != common[key].get("default"))
        lines += [f"Here, unless you say otherwise: {said}.", ""] if said else []
        lines += [f"Source: {rows[name]['source']}.", ""] if rows[name].get("source") else []
    return "\n".join(lines + inside(whole, members)).rstrip() + "\n"


def usual(keys: list[str], members: dict[str, Part]) -> Part:
    """Shared fields as one noun; the default of each is the one that most members have."""
    made: Part = {"properties": {}, "required": []}
    for key in keys:
        parts = [noun["properties"][key] for noun in members.values() if key in noun["properties"]]
        most, _ = Counter(worded(part.get("default")) for part in parts).most_common(1)[0]
        made["properties"][key] = next(part for part in parts if worded(part.get("default")) == most)
    return made


def inside(whole: Part, members: dict[str, Part]) -> list[str]:
    """Sections for the nouns that stand in fields of a family, such as a test."""
    holders: dict[str, list[str]] = {}
    for noun in members.values():
        for key, part in noun["properties"].items():
            for name in references(part):
                if tag_of(whole["$defs"][name]) is None and key not in holders.setdefault(name, []):
                    holders[name].append(key)
    lines: list[str] = []
    for name, keys in holders.items():
        noun = whole["$defs"][name]
        lines += [f"## Inside {either([f'`{key}`' for key in keys])}", "", sentence(noun), "", *table(whole, noun), ""]
    return lines


def kinds_page() -> str:
    """The kinds of change, with the times of an install."""
    lines = ["# Kinds of change", "", "`change.kind` decides the usual times of one server's install; "
             "`change.install` says them again.", "", "| kind | what | drain | restart | ready within |",
             "|---|---|---|---|---|"]
    rows = vocabulary.kinds()
    for row in rows:
        times = row["usual times"]
        lines.append(f"| `{row['kind']}` | {row['what']} | {times.get('drain', '')} | {times.get('restart', '')} "
                     f"| {times.get('ready_within', '')} |")
    lines += ["", "Sources:", "", *(f"- `{row['kind']}`: {row['source']}" for row in rows)]
    return "\n".join(lines) + "\n"


def columns_page() -> str:
    """The columns of an outcome with their units."""
    said = explained(Outcome)
    lines = ["# Columns of the outcome", "", "One run in numbers. What has no value in a run is missing, not zero.",
             "The rules behind them: [the model](../model.md#columns-of-the-outcome).", "",
             "| column | unit | what it is |", "|---|---|---|"]
    for column, unit in UNITS.items():
        words = said.get(column, "").removeprefix(f"{unit}: ").replace("None unless", "missing unless")
        lines.append(f"| `{column}` | {unit} | {cell(words)} |")
    return "\n".join(lines) + "\n"


def table(whole: Part, noun: Part) -> list[str]:
    """A row a field: what may stand there, what stands there unless said, what it is."""
    lines = ["| field | may be | unless you say | what it is |", "|---|---|---|---|"]
    for key, part in noun.get("properties", {}).items():
        usual = part.get("default")
        needed = key in noun.get("required", [])
        shown = "*needed*" if needed else "*none*" if usual in (None, "", []) else f"`{worded(usual)}`"
        lines.append(f"| `{key}` | {cell(form(whole, part))} | {cell(shown)} | {cell(part.get('description', ''))} |")
    return lines


def form(whole: Part, part: Part) -> str:
    """What may stand in a field, in a few words.

    >>> form({}, {"anyOf": [{"type": "string", "examples": ["5%"]}, {"const": 0}]})
    'like `5%`'
    >>> form({}, {"type": "string", "enum": ["new", "old", "both"]})
    '`new`, `old` or `both`'
    """
    for tag, (page, *_) in FAMILIES.items():
        found = [tag_of(whole["$defs"][name]) for name in references(part)]
        if found and all(one is not None and one[0] == tag for one in found):
            many = "type" in part and part["type"] in ("array", "object")
            return f"{'any number of' if many else 'one of'} the [{page.removesuffix('.md')}]({page})"
    if "anyOf" in part or "oneOf" in part:
        forms = [form(whole, inner) for inner in part.get("anyOf") or part["oneOf"]
                 if inner.get("type") != "null" and inner.get("const") != 0]
        return either(sorted(dict.fromkeys(forms), key=lambda form: (form.startswith("`{"), form.startswith("like "))))
    if "enum" in part:
        return either([f"`{worded(value)}`" for value in part["enum"]])
    if "const" in part:
        return f"`{worded(part['const'])}`"
    if "$ref" in part:
        return "fields of its own"
    if "examples" in part:
        return "like " + either([f"`{worded(value)}`" for value in part["examples"]])
    if part.get("type") == "array":
        return f"a list: {form(whole, part.get('items', {}))}"
    if part.get("type") == "object":
        inner = ", ".join(f"{key}: ..." for key in part.get("properties", {}))
        return f"`{{{inner}}}`" if inner else "names with values"
    return PLACES.get(str(part.get("type")), "")


def references(part: Part) -> list[str]:
    """Names of the nouns that a field may hold, wherever the schema hides them."""
    found: list[str] = []
    for key, value in part.items():
        if key == "$ref":
            found.append(str(value).rsplit("/", 1)[-1])
        for inner in [value] if isinstance(value, dict) else value if isinstance(value, list) else []:
            if isinstance(inner, dict):
                found += references(inner)
    return found


def tag_of(noun: Part) -> tuple[str, str] | None:
    """('strategy', 'canary'), from the title that the schema gives a member of a family; None for other nouns."""
    tag, colon, name = str(noun.get("title", "")).partition(": ")
    return (tag, name) if colon and tag in FAMILIES else None


def sentence(noun: Part) -> str:
    return cell(str(noun.get("description", "")))


def either(words: Iterable[str]) -> str:
    """'a', 'a or b', 'a, b or c'."""
    *first, last = [word for word in words if word] or [""]
    return f"{', '.join(first)} or {last}" if first else last


def worded(value: Any) -> str:
    """A value as a file would say it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {worded(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(worded(item) for item in value) + "]"
    return str(value)


def cell(text: str) -> str:
    """A text that fits in a cell of a table: a bar would end it, and None is a word of Python's."""
    return re.sub(r"\bNone\b", "left out", " ".join(text.replace("|", "\\|").split()))
