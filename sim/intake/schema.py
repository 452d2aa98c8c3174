"""JSON Schema of a scenario, for editors that complete and check while typing.

pydantic writes the structure; the descriptions come from the docstrings of the dataclasses, the defaults are
put into the words of a file, and every member of a family must name itself (`strategy`, `judge`, `fault`).
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from typing import Any

from sim.intake import shape
from sim.intake.docstrings import field_text, summary
from sim.intake.words import say
from sim.scenario import SCHEMA_VERSION, Scenario

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FILE_NAME = "scenario.schema.json"


def schema_text() -> str:
    """The schema as the file holds it, with a newline at its end."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def schema() -> dict[str, Any]:
    """The schema as an object."""
    from pydantic import TypeAdapter

    made: dict[str, Any] = TypeAdapter(Scenario).json_schema(by_alias=True, mode="validation")
    nouns = {noun.__name__: noun for noun in shape.all_nouns(Scenario)}
    unknown = set(made["$defs"]) - set(nouns)
    if unknown:
        raise AssertionError(f"nouns that no field leads to: {sorted(unknown)}")
    for name, definition in made["$defs"].items():
        _dress(definition, nouns[name])
    _dress(made, Scenario)
    head = {"$schema": DIALECT, "title": f"Coalmine scenario, version {SCHEMA_VERSION}"}
    return {**head, **{key: part for key, part in made.items() if key != "title"}}


def _dress(definition: dict[str, Any], noun: type) -> None:
    """Put words to one noun of the schema, in place."""
    tag, names = shape.tag_of(noun), shape.names_of(noun)
    about = getattr(noun, "about", "")                   # archetypes of faults say it in one sentence
    definition["description"] = about if isinstance(about, str) and about else summary(noun)
    definition["title"] = f"{tag[0]}: {tag[1]}" if tag else noun.__name__
    if tag:
        # It has a default in Python; in a file nothing else says which noun is meant.
        definition["required"] = [tag[0], *definition.get("required", [])]
    for key, part in definition.get("properties", {}).items():
        part.pop("title", None)
        part.pop("default", None)
        _family(part)
        default = _default(noun, names[key])
        if default is not None and default != () and not (tag and key == tag[0]):
            part["default"] = say(shape.keys_of(noun)[key], default)
        text = _text(shape.keys_of(noun)[key], noun, key, names[key])
        if text:
            part["description"] = text


def _family(part: dict[str, Any]) -> None:
    """Take out what only OpenAPI knows; the required tags tell the members apart."""
    for inner in [part, part.get("items", {}), part.get("additionalProperties", {}), *part.get("anyOf", [])]:
        if isinstance(inner, dict):
            inner.pop("discriminator", None)


def _default(noun: type, name: str) -> Any:
    item = next(item for item in fields(noun) if item.name == name)
    if item.default_factory is not MISSING:
        return item.default_factory() or None
    return None if item.default is MISSING else item.default


def _text(annotation: Any, noun: type, key: str, name: str) -> str:
    """What a field is; one that nobody explains is what its own noun is."""
    found = shape.nouns(annotation)
    return field_text(noun, key, name) or (summary(found[0]) if len(found) == 1 else "")
