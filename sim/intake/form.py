"""A scenario as a form: which fields may stand where, in words, and every way to change them.

A draft is what a file says, as plain dicts, lists and scalars, right or wrong; the fields and their kinds come from
the dataclasses themselves (`shape`), so that nothing in a scenario is out of a form's reach, now or later. Every
change makes a new draft. `yaml_of` writes it, `draft_of` reads it back the same, `scenario_of_draft` judges it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import WithJsonSchema

from sim.intake import shape
from sim.intake.docstrings import field_text, summary
from sim.intake.problems import InputError, Problem
from sim.intake.scenario_file import scenario_of
from sim.intake.tree import Node, grow
from sim.intake.words import flow, laid_out, say
from sim.model.terms import Delay
from sim.scenario import Scenario

Draft = dict[str, Any]
Path = tuple[str | int, ...]
Kind = Literal["text", "choice", "truth", "values", "noun", "family", "list", "names"]
SOURCE = "the form"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a noun, as a form shows it.

    kind      text; choice of words; truth; values (a list or mapping of plain values, written as YAML); noun (a mapping
              with fields of its own); family (one of several nouns, by its tag); list (of nouns); names (nouns by name)
    about     what it is; `usual` what it is when left out, in words; `needed` it may not be left out; `extra` left out
              there is none of it (no balancer, no judge)
    choices   the words of a choice, the tags of a family, or of the family that a list or names hold
    value     what the draft says, None when it says nothing
    """

    key: str
    path: Path
    kind: Kind
    about: str
    usual: str
    needed: bool
    extra: bool
    choices: tuple[str, ...]
    value: Any

    @property
    def field(self) -> str:
        """As messages and `--set` write it."""
        return ".".join(map(str, self.path))

    @property
    def text(self) -> str:
        """The value as a text input shows it; empty when the draft says nothing."""
        return "" if self.value is None else flow(self.value)


# --- drafts ---------------------------------------------------------------------------------------


def draft_of(text: str, file: str = SOURCE) -> Draft:
    """What a YAML text says. Raises InputError for what is no mapping, or has tags or keys given twice."""
    grown = grow(text, file)
    if grown.problems:
        raise InputError(grown.problems)
    if not isinstance(grown.root.value, dict):
        raise InputError([Problem(file=file, line=1, message="a scenario is a mapping, beginning with `name:`")])
    plain: Draft = grown.root.plain()
    return plain


def yaml_of(draft: Draft) -> str:
    """A draft as YAML, laid out as people write scenarios; `draft_of` reads back the same."""
    return laid_out(draft)


def scenario_of_draft(draft: Draft) -> Scenario:
    """The scenario that a draft says. Raises InputError; its problems name fields, as the form's paths do."""
    return scenario_of(_node(draft))


def _node(value: Any) -> Node:
    if isinstance(value, dict):
        return Node({str(key): _node(item) for key, item in value.items()}, None, SOURCE)
    if isinstance(value, list):
        return Node([_node(item) for item in value], None, SOURCE)
    return Node(value, None, SOURCE, text=flow(value))


# --- what may stand where -------------------------------------------------------------------------


def fields_at(draft: Draft, path: Path = ()) -> list[Field]:
    """The fields of the noun at a path, in the order of its dataclass, without the tag that chose it.

    A noun that the draft leaves out has its fields too. Raises KeyError where no noun is.
    """
    noun = _noun_at(draft, path)
    if noun is None:
        raise KeyError(f"no noun at {'.'.join(map(str, path)) or 'the top'}")
    tag, here = shape.tag_of(noun), at(draft, path)
    if noun is Delay and not isinstance(here, dict):
        here = {"median": here}
    said = here if isinstance(here, dict) else {}
    usual = _usual(draft, path) if here is None and path else None
    return [
        _field(noun, key, annotation, (*path, key), said.get(key), usual)
        for key, annotation in shape.keys_of(noun).items()
        if not (tag and key == tag[0]) and key != "schema_version"
    ]


def about_of(draft: Draft, path: Path) -> str:
    """What the noun at a path is, in a sentence."""
    noun = _noun_at(draft, path)
    said = getattr(noun, "about", "")
    return said if isinstance(said, str) and said else summary(noun) if noun else ""


def at(draft: Draft, path: Path) -> Any:
    """What the draft says at a path, None when nothing."""
    here: Any = draft
    for key in path:
        if isinstance(here, dict):
            here = here.get(key)
        elif isinstance(here, list) and isinstance(key, int) and key < len(here):
            here = here[key]
        else:
            return None
    return here


def tag_at(draft: Draft, path: Path) -> str | None:
    """Which member of its family the noun at a path is, None if it does not say or has none."""
    here = at(draft, path)
    if isinstance(here, dict):
        return next((str(here[name]) for name in shape.DISCRIMINATORS if name in here), None)
    return None


def _annotation(draft: Draft, path: Path) -> Any:
    annotation: Any = Scenario
    for depth, key in enumerate(path):
        here = at(draft, path[:depth])
        annotation = shape.below(annotation, _node(here if here is not None else {}), key)
    return annotation


def _noun_at(draft: Draft, path: Path) -> type | None:
    return shape.chosen(_annotation(draft, path), _node(at(draft, path) or {}))


def _usual(draft: Draft, path: Path) -> Any:
    """What stands at a path when the draft leaves it out: the default of the noun above, None if it has none."""
    above = _noun_at(draft, path[:-1])
    if above is None or path[-1] not in shape.names_of(above):
        return None
    name = shape.names_of(above)[str(path[-1])]
    default = next(item.default for item in fields(above) if item.name == name)
    return None if default is MISSING else default


def _field(noun: type, key: str, annotation: Any, path: Path, value: Any, whole: Any) -> Field:
    name = shape.names_of(noun)[key]
    item = next(item for item in fields(noun) if item.name == name)
    needed = item.default is MISSING and item.default_factory is MISSING
    usual = getattr(whole, name) if whole is not None else item.default if item.default is not MISSING else None
    kind, choices = _kind(annotation)
    text = field_text(noun, key, name)
    return Field(
        key=key, path=path, kind=kind, about=text, needed=needed, choices=choices, value=value,
        extra=not needed and usual is None and kind in ("noun", "family"),
        usual="" if usual is None or usual == () or kind in ("noun", "family") else flow(say(annotation, usual)),
    )


def _kind(annotation: Any) -> tuple[Kind, tuple[str, ...]]:
    inner = shape.bare(annotation)
    members = shape.nouns(annotation)
    if members:
        return ("family", _tags(members)) if len(members) > 1 else ("noun", ())
    if get_origin(inner) is Literal:
        return "choice", tuple(map(str, get_args(inner)))
    if inner is bool:
        return "truth", ()
    if get_origin(inner) is dict:
        return "names", _tags(shape.nouns(get_args(inner)[1]))
    if get_origin(inner) is tuple:
        members = shape.nouns(get_args(inner)[0])
        return ("list", _tags(members)) if members else ("values", ())
    return "text", ()


def _tags(members: Sequence[type]) -> tuple[str, ...]:
    return tuple(tag[1] for tag in map(shape.tag_of, members) if tag)


# --- changes --------------------------------------------------------------------------------------


def put(draft: Draft, path: Path, value: Any) -> Draft:
    """The draft with this value at a path; None takes the field out. What leads there is made where it lacks."""
    made: Draft = _put(draft, path, value)
    return made


def _put(here: Any, path: Path, value: Any) -> Any:
    key, rest = path[0], path[1:]
    if isinstance(here, list):
        index = int(key)
        new = _put(here[index], rest, value) if rest else value
        return [*here[:index], *([] if new is None else [new]), *here[index + 1 :]]
    # A delay is written as one text until it has a spread.
    said = here if isinstance(here, dict) else {"median": here} if isinstance(here, str) else {}
    new = _put(said.get(str(key), {}), rest, value) if rest else value
    return {
        **{name: item for name, item in said.items() if name != key or new is not None},
        **({} if new is None else {str(key): new}),
    }


def put_text(draft: Draft, field: Field, text: str) -> Draft:
    """The draft with what was typed into a field; nothing typed takes it out. Raises InputError for broken YAML."""
    return put(draft, field.path, typed(_annotation(draft, field.path), field.kind, text))


def typed(annotation: Any, kind: Kind, text: str) -> Any:
    """What a typed text means: itself in a field of words, else as YAML reads a scalar, or values.

    >>> typed(str, "text", "12"), typed(int, "text", "12"), typed(float, "text", "5%"), typed(int, "text", " ")
    ('12', 12, '5%', None)
    """
    if not text.strip():
        return None
    if kind == "values":
        return grow(text, SOURCE, line=None).root.plain()
    if shape.bare(annotation) is str:
        return text
    stripped = text.strip()
    if re.fullmatch(r"[-+]?\d{1,40}", stripped):
        return int(stripped)
    return float(stripped) if re.fullmatch(r"[-+]?\d{1,30}\.\d{1,30}", stripped) else stripped


def choose(draft: Draft, path: Path, tag: str | None) -> Draft:
    """Another member of its family at a path, with what both know; None takes it out."""
    if tag is None:
        return put(draft, path, None)
    member = _member(shape.nouns(_annotation(draft, path)), tag)
    before = at(draft, path)
    keys = shape.keys_of(member)
    name = (shape.tag_of(member) or ("", ""))[0]
    common = {key: item for key, item in before.items() if key in keys and key != name} if before else {}
    return put(draft, path, {**_fresh(member), **common})


def begin(draft: Draft, path: Path) -> Draft:
    """A noun that was left out, with what it needs."""
    made = _fresh(shape.nouns(_annotation(draft, path))[0])
    draft = put(draft, path, made)
    if not made:                                         # never `test: {}`, which reads like no test
        for item in fields_at(draft, path):
            draft = put_text(draft, item, item.usual)
    return draft


def add(draft: Draft, path: Path, tag: str | None = None) -> Draft:
    """One more item at the end of a list, of this member of the family."""
    items = at(draft, path) or []
    noun = _member(shape.nouns(get_args(shape.bare(_annotation(draft, path)))[0]), tag)
    return put(draft, path, [*items, _fresh(noun)])


def add_named(draft: Draft, path: Path, name: str, tag: str) -> Draft:
    """One more noun under a name. Raises ValueError for a name that is empty or taken."""
    said = at(draft, path) or {}
    _refuse_name(name, said)
    members = shape.nouns(get_args(shape.bare(_annotation(draft, path)))[1])
    return put(draft, (*path, name), _fresh(_member(members, tag)))


def rename(draft: Draft, path: Path, name: str) -> Draft:
    """Another name for the noun at a path, in the same place. Raises ValueError for one that is empty or taken."""
    above, old = at(draft, path[:-1]), path[-1]
    if name == old:
        return draft
    _refuse_name(name, above)
    return put(draft, path[:-1], {name if key == old else key: item for key, item in above.items()})


def _refuse_name(name: str, taken: Any) -> None:
    if not name.strip():
        raise ValueError("a name must not be empty")
    if name in taken:
        raise ValueError(f"{name!r} is there already: names must differ")


def _member(members: Sequence[type], tag: str | None) -> type:
    return next(one for one in members if tag is None or (shape.tag_of(one) or ("", ""))[1] == tag)


def _fresh(noun: type) -> Draft:
    """A noun with its tag and with an example in every field that it needs."""
    tag = shape.tag_of(noun)
    made: Draft = {tag[0]: tag[1]} if tag else {}
    names = shape.names_of(noun)
    for item in fields(noun):
        if item.default is MISSING and item.default_factory is MISSING:
            key = next(key for key, name in names.items() if name == item.name)
            made[key] = _example(shape.keys_of(noun)[key])
    return made


def _example(annotation: Any) -> Any:
    for part in _metadata(annotation):
        if isinstance(part, WithJsonSchema):
            schema = part.json_schema or {}
            for one in schema.get("anyOf", [schema]):
                if one.get("examples"):
                    return one["examples"][0]
    inner = shape.bare(annotation)
    if get_origin(inner) is Literal:
        return get_args(inner)[0]
    members = shape.nouns(annotation)
    if members:
        return _fresh(members[0])
    return 1 if inner in (int, float) else "..." if inner is str else []


def _metadata(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Annotated:
        return tuple(annotation.__metadata__)
    return tuple(part for one in get_args(annotation) if one is not NoneType for part in _metadata(one))
