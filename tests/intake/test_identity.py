"""The hash of a scenario: the same for the same results, another when anything could change one."""

import copy
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from sim.intake.identity import LABELS_OF_A_POLICY, NOT_OF_A_RESULT
from sim.intake.scenario_file import canonical, dump, parse, read, sha256
from sim.scenario import Scenario
from tests.intake.samples import FULL, LIBRARY, SMALL


def changes(noun: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Copies of a noun, each with one field changed, at any depth; invariants are not asked."""
    if is_dataclass(noun):
        for item in fields(noun):
            for where, value in changes(getattr(noun, item.name), f"{path}.{item.name}".lstrip(".")):
                other = copy.copy(noun)
                object.__setattr__(other, item.name, value)
                yield where, other
    elif isinstance(noun, dict):
        for key, part in noun.items():
            yield from ((where, {**noun, key: value}) for where, value in changes(part, f"{path}.{key}"))
        yield f"{path}(fewer)", dict(list(noun.items())[1:])
    elif isinstance(noun, tuple):
        for i, part in enumerate(noun):
            yield from (
                (where, (*noun[:i], value, *noun[i + 1 :])) for where, value in changes(part, f"{path}.{i}")
            )
        yield f"{path}(fewer)", noun[1:] if noun else ("more",)
        if len(noun) > 1:
            yield f"{path}(turned)", noun[::-1]
    elif isinstance(noun, bool):
        yield path, not noun
    elif isinstance(noun, (int, float)):
        yield path, noun + 1e-9 * max(1.0, noun) if isinstance(noun, float) else noun + 1
    else:
        yield path, f"not {noun}"


CHANGES = list(changes(parse(FULL)))


def is_of_no_result(path: str) -> bool:
    first, *rest = path.split(".")
    return first.partition("(")[0] in NOT_OF_A_RESULT or (
        first == "policies" and len(rest) == 2 and rest[1] in LABELS_OF_A_POLICY
    )


def test_there_is_a_change_for_every_field() -> None:
    assert len(CHANGES) > 300


def test_any_change_of_any_field_changes_the_hash() -> None:
    own = sha256(parse(FULL))
    blind = [path for path, other in CHANGES if not is_of_no_result(path) and sha256(other) == own]
    assert blind == []


def test_what_no_run_can_notice_does_not_change_the_hash() -> None:
    own = sha256(parse(FULL))
    seen = [path for path, other in CHANGES if is_of_no_result(path) and sha256(other) != own]
    assert seen == []


def test_comments_and_the_order_of_keys_do_not_change_the_hash() -> None:
    turned = """\
# a comment
policies:                # another
  canary: {batch: 1 every 60s, bake: 600s, judge: {above: 2.0%, judge: threshold}, canaries: 1, strategy: canary}
  direct: {batch: "1 every 1m", strategy: direct}
horizon: 120m
change: {one_of: [{chance: 90%, fault: none}, {errors: 5%, chance: 10%, fault: errors}], kind: software}
fleet: {test: {servers: 1}, production: {service_time: 0.05s, workers: 4, servers: 4}}
service: {users: {count: 1k}, traffic: {rate: 6000/m, profile: {"00:00": 100%}}}
name: Small, turned
"""
    assert sha256(parse(turned)) == sha256(parse(SMALL))


def test_a_python_caller_may_say_whole_numbers() -> None:
    from dataclasses import replace

    small = parse(SMALL)
    assert sha256(replace(small, horizon=7200)) == sha256(small)


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_a_dumped_scenario_has_the_hash_of_its_file(path: Path) -> None:
    scenario = read(path)
    assert sha256(parse(dump(scenario))) == sha256(scenario)


def test_no_two_scenarios_of_the_library_are_the_same() -> None:
    hashes = {sha256(read(path)) for path in LIBRARY}
    assert len(hashes) == len(LIBRARY)


def test_the_canonical_form_is_one_line_of_sorted_json() -> None:
    text = canonical(parse(SMALL))
    assert "\n" not in text
    assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) == text
    assert set(json.loads(text)) == {"form", *(item.name for item in fields(Scenario))} - set(NOT_OF_A_RESULT)
