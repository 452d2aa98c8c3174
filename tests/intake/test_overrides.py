"""`--set path=value`: like editing the file, without touching it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.intake.scenario_file import InputError, parse
from sim.intake.words import dump
from sim.units import say_seconds
from tests.intake.samples import FULL, SMALL


@pytest.mark.parametrize(
    ("said", "path", "value"),
    [
        (["policies.canary.bake=20m"], "policies.canary.bake", 1200.0),
        (["policies.canary.bake = 20m"], "policies.canary.bake", 1200.0),
        (["policies.canary.judge.consecutive=3"], "policies.canary.judge.consecutive", 3),
        (["change.one_of.1.chance=8%", "change.one_of.0.chance=92%"], "change.one_of.1.chance", 0.08),
        (["people.hours=office"], "people.hours.until", 61200.0),
        (["service.users={count: 5, sticky: server}"], "service.users.sticky", "server"),
        (["watch.alerts=[{judge: threshold, above: 4%}]", "watch.alerts.0.above=5%"], "watch.alerts.0.above", 0.05),
        (["fleet.balancer.rise=4"], "fleet.balancer.rise", 4),
        (["change.install.drain=7s"], "change.install.drain", 7.0),
        (["policies.canary.test.for=4m"], "policies.canary.test.length", 240.0),
        (["name=Other"], "name", "Other"),
        (["horizon=3h", "horizon=4h"], "horizon", 14400.0),
        (["policies.canary.judge=null"], "policies.canary.judge", None),
        (["policies.canary.judge="], "policies.canary.judge", None),
    ],
)
def test_a_setting_changes_what_it_names(said: list[str], path: str, value: object) -> None:
    found: Any = parse(SMALL, set=said)
    for key in path.split("."):
        found = found[key] if isinstance(found, dict) else found[int(key)] if key.isdecimal() else getattr(found, key)
    assert found == value


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("policies.canry.bake=20m", "policies.canry: is unknown, did you mean canary?"),
        ("policies.canary.bakes=20m", "policies.canary.bakes: is unknown, did you mean bake?"),
        ("policies.canary.bake=15", "policies.canary.bake: 15, a duration needs a unit: did you mean '15s' or '15m'?"),
        ("policies.canary.bake=3h", "policies.canary.bake: 3h, must be at most the horizon, 2h"),
        ("change.one_of.7.chance=8%", "change.one_of.7: is no place in the list; places are numbers, from 0 to 1"),
        ("change.one_of.x.chance=8%", "change.one_of.x: is no place in the list; places are numbers, from 0 to 1"),
        ("watch.alerts.0.above=8%", "watch.alerts.0: is unknown"),
        ("horizon.long=1h", "horizon: is 2h here and has no fields; set it as a whole"),
        ("horizon", "must be path=value, like policies.canary.bake=20m"),
        ("=5", "must be path=value, like policies.canary.bake=20m"),
        ("horizon=[", "the text ends where a value should stand: is a bracket not closed?"),
        ("horizon=!!int 5", "!!int, tags are not allowed: write the plain value"),
        ("name={a: 1, a: 2}", "a: given twice: keep one"),
        ("people.start=Mon 10:00", "people.start: is unknown, known here: acknowledge, decide, hours"),
        ("horizons=5h", "horizons: is unknown, did you mean horizon?"),
        ("service.cost.per_minute=5", "service.cost.per_minute: is unknown, did you mean per_minute_down?"),
    ],
)
def test_a_setting_that_is_wrong_is_named_with_the_nearest_right_word(setting: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        parse(SMALL, "shop.yaml", set=[setting])
    assert str(refused.value) == f"--set {setting}: {said}"


def test_all_wrong_settings_are_told_at_once() -> None:
    with pytest.raises(InputError) as refused:
        parse(SMALL, "shop.yaml", set=["a=1", "b=2", "horizon=3h"])
    assert len(refused.value.problems) == 2


def test_a_mistake_of_the_file_is_told_beside_one_of_a_setting() -> None:
    with pytest.raises(InputError) as refused:
        parse(SMALL.replace("bake: 10m", "bake: 10"), "shop.yaml", set=["horizon=5"])
    assert [problem.file for problem in refused.value.problems] == ["--set horizon=5", "shop.yaml"]


def test_a_setting_reaches_only_the_policy_it_names_even_where_an_alias_is_shared() -> None:
    text = SMALL + "  again: &again {strategy: rolling, batch: 1 every 1m}\n  same: *again\n"
    changed = parse(text, set=["policies.same.batch=2 every 2m"])
    assert (str(changed.policies["again"].batch), str(changed.policies["same"].batch)) == ("1 every 1m", "2 every 2m")


@settings(max_examples=20)
@given(st.integers(1, 7200))
def test_setting_a_field_equals_writing_it(seconds: int) -> None:
    words = say_seconds(seconds)
    written = parse(SMALL.replace("bake: 10m", f"bake: {words}").replace("horizon: 2h", "horizon: 3h"))
    assert parse(SMALL, set=["horizon=3h", f"policies.canary.bake={words}"]) == written


def test_setting_a_field_to_what_it_is_changes_nothing() -> None:
    full = parse(FULL)
    assert parse(FULL, set=["people.decide=6m", "policies.waves.growth=2.5"]) == full
    assert parse(dump(full), set=["change.faults.1.users=5%"]) == full
