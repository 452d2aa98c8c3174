"""A tree -> a Scenario, or everything that is wrong with it in the words of the file.

pydantic finds the mistakes; none of its own sentences reaches a user. Every kind of its errors that this
vocabulary can raise has its line in `_said`; one without is told as "is not understood here".
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from sim.intake import shape
from sim.intake.place import Place, at_location
from sim.intake.problems import Problem, closest, shown, suggest
from sim.intake.tree import Node
from sim.scenario import Scenario

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails, SchemaValidator

A_MEMBER = {"strategy": "policies", "judge": "judges", "fault": "faults"}
_SCALARS = ("float", "int", "bool", "str")
_POINTER = re.compile(r"(fault '(?P<fault>[^']*)': )?(?P<name>[a-z][a-z_0-9]*)(\(=[^)]*\))?:? ")


@cache
def validator() -> SchemaValidator:
    """The Scenario's validator, without guesses: true is no number, "60" is no number, 1 is no truth."""
    from pydantic import TypeAdapter
    from pydantic_core import SchemaValidator

    return SchemaValidator(_strict(TypeAdapter(Scenario).core_schema))


def _strict(schema: Any) -> Any:
    if isinstance(schema, (list, tuple)):
        return type(schema)(_strict(part) for part in schema)
    if not isinstance(schema, dict):
        return schema
    made = {key: part if key == "metadata" else _strict(part) for key, part in schema.items()}
    if made.get("type") in _SCALARS:
        made["strict"] = True
    if made.get("type") == "float":
        made["allow_inf_nan"] = False
    return made


def understood(root: Node) -> tuple[Scenario | None, list[Problem]]:
    """The scenario that a tree says, or None and what is wrong."""
    from pydantic_core import ValidationError

    if not isinstance(root.value, dict):
        message = "a scenario is a mapping (name: ..., service: ...); `coalmine new` writes one"
        return None, [Problem(file=root.file, line=root.line, value=str(root), message=message)]
    try:
        scenario: Scenario = validator().validate_python(root.plain())
    except ValidationError as error:
        return None, [_problem(root, detail) for detail in error.errors(include_url=False)]
    return scenario, []


def problem_at(place: Place, message: str, *, value: bool = True) -> Problem:
    """A problem with the line, the field and, of a scalar, the value of a place."""
    told = value and place.path and not isinstance(place.node.value, (dict, list))
    return Problem(
        file=place.node.file,
        line=place.node.line if place.path else None,
        field=place.field,
        value=str(place.node) if told else "",
        message=message,
    )


def _problem(root: Node, detail: ErrorDetails) -> Problem:
    place = at_location(root, detail["loc"])
    match detail["type"]:
        case "missing" | "missing_argument":
            field = ".".join(filter(None, (place.field, place.missing)))
            line = place.node.line if place.path else None
            return Problem(file=place.node.file, line=line, field=field, message="is missing")
        case "unexpected_keyword_argument":
            return problem_at(place, _unknown_key(place), value=False)
        case "union_tag_invalid":
            place = place.step(_tag(place))
            return problem_at(place, f"is unknown; {_known_tags(place)}")
        case "union_tag_not_found":
            name = _tag(place)
            return problem_at(place, f"needs `{name}:`; {_known_tags(place, name)}")
        case "value_error":
            return problem_at(*_pointed(place, str(detail["ctx"]["error"])))
        case kind:
            return problem_at(place, _wanted(place, kind))


def _wanted(place: Place, kind: str) -> str:
    """What should stand here instead."""
    match kind:
        case "literal_error":
            return _one_of(place, [str(word) for word in get_args(shape.bare(place.annotation))])
        case "string_type":
            quoted = f', like "{shown(place.node.text)}"' if place.node.text else ""
            return f"a text is wanted: put it in quotes{quoted}"
        case "bool_type":
            return "true or false is wanted"
        case "float_type" | "int_type" | "int_from_float" | "finite_number":
            return "a plain number is wanted"
        case "tuple_type":
            return "a list is wanted: [...], or lines that begin with '- '"
        case "dataclass_type" | "dataclass_exact_type" | "dict_type" | "model_attributes_type":
            keys = place.words()
            names = ", with keys such as " + ", ".join(keys[:4]) if keys else ", of names"
            return f"a mapping is wanted{names}"
    return "is not understood here"


def _one_of(place: Place, known: list[str]) -> str:
    if place.path == ("schema_version",):
        return f"must be {known[0]}: this Coalmine reads version {known[0]}"
    near = closest(str(place.node.value), known)
    return f"must be one of {', '.join(known)}" + (f": did you mean {near}?" if near else "")


def _tag(place: Place) -> str:
    """Name of the field that decides what this mapping is."""
    return next(tag[0] for tag in map(shape.tag_of, shape.nouns(place.annotation)) if tag)


def _known_tags(place: Place, name: str = "") -> str:
    home = place if name else place.above
    known = [tag[1] for tag in map(shape.tag_of, shape.nouns(home.annotation if home else None)) if tag]
    near = None if name else closest(str(place.node.value), known)
    return (f"did you mean {near}? " if near else "") + f"known: {', '.join(known)}"


def _unknown_key(place: Place) -> str:
    """The nearest right word for a key that the mapping above does not know."""
    key, above = str(place.path[-1]), place.above or place
    noun = above.noun
    if noun and key in shape.names_of(noun).values():
        word = next(written for written, name in shape.names_of(noun).items() if name == key)
        return f"is unknown here, did you mean {word}?"
    tag = shape.tag_of(noun) if noun else None
    homes = shape.homes(Scenario).get(key, ())
    sisters = [home.split(": ")[1] for home in homes if tag and home.startswith(f"{tag[0]}: ")]
    if tag and sisters:
        return f"is unknown to {tag[0]} {tag[1]}; it belongs to {', '.join(sisters)}"
    known = [word for word in above.words() if word != key]
    if homes and not closest(key, known):
        return f"is unknown here; it belongs to {_places(homes)}"
    return f"is unknown here, {suggest(key, known)}" if known else "is unknown here"


def _places(homes: tuple[str, ...]) -> str:
    """'change.install', or 'faults' for what every fault knows."""
    said = [A_MEMBER[home.split(":")[0]] if ": " in home else home or "the top of the file" for home in homes]
    return " or ".join(dict.fromkeys(said))


def _pointed(place: Place, message: str) -> tuple[Place, str]:
    """An invariant of a whole mapping names the field it speaks of, mostly as its first word: go there."""
    stranger = re.match(r"expect: '(.*?)' is not one of the policies", message)
    if stranger:
        return _expectation(place, stranger[1]), f"is no policy, {suggest(stranger[1], _policies(place))}"
    found = _POINTER.match(message)
    if not found or place.noun is None:
        return place, message
    start, name = place, found["name"]
    if found["fault"] is not None:
        start, name = _fault(place, found["fault"]) or place, "on_kind" if name == "kind" else name
    target = _down(start, name)
    if target is not None:
        rest = message[found.end():]
        if rest.startswith("and "):                      # it speaks of two fields: leave the sentence whole
            return target, message
        # The value stands before the message already.
        for said in (f"{target.node.value!r} ", f"{target.node.text} "):
            rest = rest.removeprefix(said)
        return target, rest
    named = next((word for word in re.findall(r"[a-z_0-9]+", message) if start.has(word)), None)
    return start.step(named) if named else start, message


def _fault(place: Place, key: str) -> Place | None:
    """The fault that goes by this name, below `change`."""
    for group in ("faults", "one_of"):
        if place.has("change") and place.step("change").has(group):
            faults = place.step("change").step(group)
            for i, _ in enumerate(faults.node.value):
                fault = faults.step(i)
                named = [fault.node.value[word].value for word in ("name", "fault") if word in fault.node.value]
                if key in named[:1]:
                    return fault
    return None


def _expectation(place: Place, policy: str) -> Place:
    """Where `expect` names this policy."""
    claims = place.step("expect")
    named = (claims.step(i).step("of") for i, _ in enumerate(claims.node.value))
    return next((claim for claim in named if claim.node.value == policy), claims)


def _policies(place: Place) -> list[str]:
    return list(place.node.value["policies"].value)


def _down(place: Place, name: str) -> Place | None:
    """The nearest place below whose key is `name`, level by level."""
    level = [place]
    while level:
        for here in level:
            if here.has(name):
                return here.step(name)
        level = [below for here in level for below in here.inside()]
    return None
