"""All mistakes of a file at once, each in its line, in the words of the file."""

import pytest

from sim.intake.complaints import validator
from sim.intake.scenario_file import InputError, parse
from tests.intake.samples import FULL, SMALL


def told(text: str) -> list[str]:
    with pytest.raises(InputError) as refused:
        parse(text, "shop.yaml")
    return str(refused.value).splitlines()


def changed(*edits: tuple[str, str], text: str = SMALL) -> str:
    for old, new in edits:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return text


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    assert told(
        changed(
            ("rate: 100/s", "rate: 100"),
            ("servers: 4", "servers: four"),
            ("chance: 10%", "chance: 0.1"),
            ("bake: 10m", "bake: 10"),
            ("judge: threshold", "judge: treshold"),
            ("canaries: 1", "canary: 1"),
        )
    ) == [
        "shop.yaml:3: service.traffic.rate: 100, a rate is a number per time (/s, /m, /h, /d), like 5000/s or 30/m",
        "shop.yaml:6: fleet.production.servers: four, a count is a whole number from 0 up, like 100 or 200k",
        "shop.yaml:11: change.one_of.1.chance: 0.1, a share needs a percent sign: did you mean '10%' or '0.1%'?",
        "shop.yaml:17: policies.canary.canary: is unknown here, did you mean canaries?",
        "shop.yaml:18: policies.canary.bake: 10, a duration needs a unit: did you mean '10s' or '10m'?",
        "shop.yaml:19: policies.canary.judge.judge: treshold, is unknown; did you mean threshold? "
        "known: threshold, kth_failure, burn_rate, sprt, cusum, always_valid, fisher, kayenta, vote, dashboard",
    ]


def test_mistakes_of_the_yaml_are_told_together_with_those_of_the_words() -> None:
    lines = told(changed(("horizon: 2h", "horizon: 2h\nhorizon: 3h"), ("bake: 10m", "bake: 10")))
    assert [line.split(":")[1] for line in lines] == ["13", "19"]


def test_a_field_that_is_a_name_of_its_kind_is_still_found() -> None:
    # `errors` is both the archetype, which pydantic puts into its locations, and one of its fields.
    assert told(changed(("fault: errors, chance: 10%", "fault: errors, chance: 10%, errors: 5"))) == [
        "shop.yaml:11: change.one_of.1.errors: 5, a share needs a percent sign: did you mean '5%'?"
    ]


def test_a_policy_may_be_called_like_a_field() -> None:
    text = changed(("direct: {strategy: direct, batch: 1 every 1m}", "strategy: {strategy: direct, batch: 1}"))
    assert told(text) == [
        "shop.yaml:14: policies.strategy.batch: 1, a batch is 'all' or 'n every t', like 5 every 1m or 10% every 2m"
    ]


def test_a_long_value_is_told_by_its_beginning() -> None:
    (line,) = told(changed(("rate: 100/s", "rate: " + "9" * 500)))
    assert len(line) < 200
    assert "99999..." in line


def test_very_many_mistakes_are_counted_not_listed() -> None:
    lines = told(SMALL + "".join(f"x{i}: 1\n" for i in range(200)))
    assert len(lines) == 51
    assert lines[-1] == "... and 150 more problems"


@pytest.mark.parametrize("name", ["production", "policies", "watch", "people"])
def test_an_empty_part_says_what_belongs_there(name: str) -> None:
    texts = {
        "production": changed((": {servers: 4, workers: 4, service_time: 50ms}", ":")),
        "policies": SMALL[: SMALL.index("policies:")] + "policies:\n",
    }
    text = texts.get(name, SMALL + f"{name}:\n")
    (line,) = told(text)
    assert f"{name}: nothing, a mapping is wanted" in line


def test_every_kind_of_mistake_that_the_schema_can_find_has_its_words() -> None:
    """A kind of pydantic's errors that has no words of ours would be told as 'is not understood here'."""
    known = {
        "dataclass", "dataclass-args", "dataclass-field", "default", "definition-ref", "definitions", "dict", "float",
        "bool", "int", "str", "literal", "nullable", "function-before", "no-info", "tagged-union", "tuple",
    }
    from pydantic import TypeAdapter

    from sim.scenario import Scenario

    kinds: set[str] = set()

    def walk(schema: object) -> None:
        if isinstance(schema, dict):
            kinds.update({schema["type"]} if isinstance(schema.get("type"), str) else ())
            for key, part in schema.items():
                if key != "metadata":
                    walk(part)
        elif isinstance(schema, (list, tuple)):
            for part in schema:
                walk(part)

    walk(TypeAdapter(Scenario).core_schema)
    assert kinds <= known, "a new kind of field: look at its error messages, then add it here"


def test_the_full_sample_is_right() -> None:
    assert validator() is validator(), "building it takes a tenth of a second: once is enough"
    assert parse(FULL).name == "Everything"
