"""The trial that every judge of the register must pass, future members included."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sim.judges import (
    JUDGES,
    AlwaysValid,
    AnyJudge,
    BurnRate,
    Cusum,
    Dashboard,
    Fisher,
    Kayenta,
    KthFailure,
    Sprt,
    Threshold,
    Vote,
)
from sim.judges.base import JudgeTerm
from sim.judges.burn_rate import Row
from sim.model.evidence import Counts, Judge, Verdict
from tests.judges.watching import (
    CUTS,
    EVERY_JUDGE,
    NOTHING,
    PRIORS,
    WINDOWS,
    Window,
    block,
    first_alarm,
    scanned,
    seen,
    setting,
    short,
    verdicts,
)

each_judge = pytest.mark.parametrize("judge", EVERY_JUDGE, ids=short)
# As each judge comes in every test run, its variants in slow ones.
usual_judge = pytest.mark.parametrize(
    "judge",
    [j if j == type(j)() else pytest.param(j, marks=pytest.mark.slow) for j in EVERY_JUDGE],
    ids=short,
)
thrifty = settings(max_examples=15)  # times forty judges
CALM, SICK = Window(1000, 0, 0), Window(1000, 1000, 1000)


# --- scan = look


@usual_judge
@thrifty
@given(windows=WINDOWS, cuts=CUTS, prior=PRIORS)
def test_watching_in_blocks_equals_watching_window_by_window(
    judge: Judge, windows: list[Window], cuts: list[int], prior: tuple[float, float, float]
) -> None:
    plain = verdicts(judge, setting(prior), windows)
    blocks = scanned(judge, setting(prior), windows, cuts)
    known = [said if heard is not None else None for said, heard in zip(plain, blocks, strict=True)]
    assert blocks == known, "scan and look disagree on a verdict"
    unknown = {said for said, heard in zip(plain, blocks, strict=True) if heard is None}
    assert Verdict.ROLL_BACK not in unknown, "scan passed over an alarm"


@usual_judge
@thrifty
@given(windows=WINDOWS, later=WINDOWS, prior=PRIORS)
def test_a_scan_stops_where_the_plain_loop_would_or_before(
    judge: Any, windows: list[Window], later: list[Window], prior: tuple[float, float, float]
) -> None:
    """From any state, one that has alarmed already included."""
    state = judge.start(setting(prior))
    for number, window in enumerate(windows):
        state, _ = judge.look(state, seen(window, number))
    own, _, last = judge.scan(state, block(later))
    plain, _, last_plain = JudgeTerm.scan(judge, state, block(later))
    assert own <= plain
    assert own != plain or last == last_plain


@each_judge
def test_a_scan_of_no_window_changes_nothing(judge: Judge) -> None:
    state = judge.start(setting())
    calm, after, verdict = judge.scan(state, block([]))
    assert (calm, after is state, verdict) == (0, True, None)


# --- purity


@usual_judge
@thrifty
@given(
    windows=WINDOWS,
    detour=WINDOWS.filter(bool),
    at=st.lists(st.integers(0, 40), max_size=4),
    prior=PRIORS,
)
def test_looking_again_from_an_older_state_changes_nothing(
    judge: Judge,
    windows: list[Window],
    detour: list[Window],
    at: list[int],
    prior: tuple[float, float, float],
) -> None:
    said = verdicts(judge, setting(prior), windows)
    states: list[Any] = [judge.start(setting(prior))]
    for number, window in enumerate(windows):
        states.append(judge.look(states[-1], seen(window, number))[0])
    for place in at:  # go astray from some of the states, both ways
        start = place % len(states)
        astray, heard = states[start], []
        judge.scan(astray, block(detour))
        for window in detour:
            astray, verdict = judge.look(astray, seen(window))
            heard.append(verdict)
        fresh = verdicts(judge, setting(prior), [*windows[:start], *detour])
        assert heard == fresh[start:], "what came after the older state shows through"
    again = [judge.look(states[i], seen(window, i))[1] for i, window in enumerate(windows)]
    assert again == said


@each_judge
def test_a_judge_is_frozen_and_starts_equal(judge: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        judge.of = "slow"
    assert judge.start(setting()) == judge.start(setting())


# --- what every judge makes of nothing, of calm, and of the end of the world

FIELD_RULES_FOR_NOTHING = {  # DESIGN 3: "No evidence is `hold`, unless ..."
    "cumulative": "Flagger: no value is a failed check",
    "total": "Argo Rollouts: no value is an error, and the fifth in a row fails",
    "must_have_data": "Kayenta: NodataFailMetric",
}
LOOKS_LATER = {  # until then even a calm group holds
    Fisher: "the one look is at its time, or the first of many at theirs",
    Kayenta: "an analysis at the end of each interval",
}
COMPARES = (AlwaysValid, Fisher, Kayenta, Vote)  # with the control


@each_judge
def test_no_evidence_is_hold_unless_the_field_has_its_own_rule(judge: Any) -> None:
    said = verdicts(judge, setting(), [Window(0, 0, 0)] * 20)
    fields_set = [getattr(judge, field, None) for field in FIELD_RULES_FOR_NOTHING]
    own_rule = any(value is not None and value is not False for value in fields_set)
    assert (set(said) == {Verdict.HOLD}) != own_rule


@each_judge
def test_a_calm_group_is_promoted_and_never_rolled_back(judge: Judge) -> None:
    said = verdicts(judge, setting(), [CALM] * 50)
    waits = said.index(Verdict.PROMOTE) if type(judge) in LOOKS_LATER else 0
    assert set(said[:waits]) <= {Verdict.HOLD}
    assert set(said[waits:]) == {Verdict.PROMOTE}


@pytest.mark.parametrize("judge", [judge for judge in EVERY_JUDGE if isinstance(judge, COMPARES)], ids=short)
def test_a_judge_that_compares_holds_without_a_control(judge: Any) -> None:
    said = verdicts(judge, setting(), [SICK._replace(control=NOTHING), CALM._replace(control=NOTHING)] * 25)
    assert set(said) == {Verdict.HOLD}


@pytest.mark.parametrize("judge", [judge for judge in EVERY_JUDGE if isinstance(judge, COMPARES)], ids=short)
def test_a_judge_that_compares_blames_no_change_for_what_the_control_has_too(judge: Any) -> None:
    alike = [Window(1000, bad, bad, Counts(1000, bad, bad)) for bad in (3, 7, 5, 0, 1)]
    assert Verdict.ROLL_BACK not in verdicts(judge, setting(), alike * 10)


@each_judge
def test_a_group_where_everything_fails_is_rolled_back(judge: Judge) -> None:
    assert first_alarm(judge, setting(), [SICK] * 50) is not None


# --- a stricter judge never alarms later on the same evidence

# field -> (a judge to start from, looser ... stricter), or why the field has no such order.
ORDER: dict[tuple[type, str], list[tuple[Any, list[Any]]]] = {
    (Threshold, "above"): [
        (base, [0.5, 0.2, 0.1, 0.05, 0.0])
        for base in (
            Threshold(consecutive=2),
            Threshold(cumulative=2),
            Threshold(total=1),
            Threshold(over=40.0, consecutive=2),
        )
    ],
    (Threshold, "consecutive"): [(Threshold(above=0.1), [6, 4, 3, 2, 1, None])],
    (Threshold, "cumulative"): [(Threshold(above=0.1), [6, 4, 3, 2, 1])],
    (Threshold, "total"): [(Threshold(above=0.1), [6, 4, 3, 2, 1, 0])],
    (Threshold, "min_requests"): [
        (Threshold(above=0.1, consecutive=2), [50, 20, 5, 1]),
        (Threshold(above=0.1, cumulative=3), [1, 5, 20, 50]),  # too few is a failed check
    ],
    (KthFailure, "failures"): [(KthFailure(), [60, 20, 10, 3, 1])],
    (KthFailure, "min_requests"): [(KthFailure(), [1, 10, 100])],  # decides hold, never the alarm
    (BurnRate, "objective"): [(BurnRate(rows=(Row(long=60.0, short=20.0, factor=2.0),)), [0.5, 0.8, 0.9, 0.99])],
    (BurnRate, "min_requests"): [
        (BurnRate(objective=0.9, rows=(Row(long=60.0, short=20.0, factor=2.0),)), [100, 20, 1])
    ],
    (BurnRate, "rows"): [
        (
            BurnRate(objective=0.9),
            [
                (Row(long=60.0, short=20.0, factor=4.0),),
                (Row(long=60.0, short=20.0, factor=2.0),),
                (Row(long=60.0, short=20.0, factor=2.0), Row(long=150.0, short=50.0, factor=1.0)),
            ],
        )
    ],
    (Cusum, "limit"): [(Cusum(p0=0.1, p1=0.3), [40.0, 10.0, 3.0])],
    (Cusum, "head_start"): [(Cusum(p0=0.1, p1=0.3, limit=8.0), [0.0, 0.25, 0.5, 0.9])],
    (Cusum, "min_requests"): [(Cusum(p0=0.1, p1=0.3), [300, 50, 1])],
    (AlwaysValid, "alpha"): [
        (AlwaysValid(one_sided=one_sided), [1e-9, 1e-4, 0.05, 0.5]) for one_sided in (True, False)
    ],
    (AlwaysValid, "min_requests"): [(AlwaysValid(), [1000, 100, 1])],
    (Fisher, "alpha"): [(Fisher(peeked=10.0), [1e-9, 1e-4, 0.05, 0.3]), (Fisher(at=50.0), [1e-9, 1e-4, 0.05, 0.3])],
    (Fisher, "peeked"): [(Fisher(at=40.0), [160.0, 80.0, 40.0, 20.0, 10.0])],  # the more looks ...
    (Fisher, "min_requests"): [(Fisher(peeked=10.0), [1000, 100, 1])],
    (Kayenta, "tolerance"): [(Kayenta(every=50.0), [2.0, 0.25, 0.0])],
    (Kayenta, "confidence"): [(Kayenta(every=50.0, tolerance=0.0), [0.999, 0.98, 0.9, 0.5])],
    (Kayenta, "allowed_increase"): [(Kayenta(every=50.0, confidence=0.9), [20.0, 2.0, 1.0])],
    (Kayenta, "allowed_decrease"): [(Kayenta(every=50.0, confidence=0.9, direction="decrease"), [0.1, 0.5, 1.0])],
    (Vote, "sigma"): [(Vote(needed=1.0), [5.0, 3.0, 1.0])],
    (Vote, "needed"): [(Vote(sigma=1.0), [6.0, 3.0, 1.0])],
    (Vote, "half_life"): [(Vote(sigma=1.0), [10.0, 60.0, 600.0])],
    (Vote, "min_requests"): [(Vote(needed=1.0), [500, 50, 1])],
    (Dashboard, "times"): [(Dashboard(over=30.0), [5.0, 2.0, 1.0])],
    (Dashboard, "visible"): [(Dashboard(over=30.0), [0.5, 0.1, 0.01, 0.0])],
    (Dashboard, "min_requests"): [(Dashboard(over=30.0), [200, 20, 1])],
}
NO_ORDER = {
    "judge": "the name of the judge",
    "of": "failed and slow are different requests",
    "on": "read by the place that asks, not by the judge",
    "then": "read by the place that asks, not by the judge",
    "against": "read by the place that asks, not by the judge",
    "over": "a longer window forgets later, but also dilutes: neither is stricter",
    "p0": "moves the reference or both limits of the test",
    "p1": "as p0",
    "beta": "accepting sooner may come before an alarm",
    "concentration": "a heavy prior finds small differences sooner and large ones later",
    "one_sided": "one-sided is sooner where the canary is worse, and never speaks where it is better",
    "at": "an earlier look has seen less",
    "every": "an earlier analysis has seen less",
    "begin_after": "less is seen, and what is left may be worse",
    "lookback": "as over",
    "direction": "other differences count",
    "effect_size": "another measure",
    "nan_strategy": "a gap is taken for a 0, which may be lower or higher than what is there",
    "outliers": "an outlier of either side may go",
    "outlier_factor": "as outliers",
    "must_have_data": "see FIELD_RULES_FOR_NOTHING",
    "classifier": "another rule",
    "signals": "as of",
}
NO_ORDER_OF = {
    (Sprt, "alpha"): "moves the limit to accept too: accepting sooner may come before an alarm",
    (Sprt, "min_requests"): "a decision put off may be another one",
    (Kayenta, "min_requests"): "a scrape left out may be good or bad",
}


@pytest.mark.parametrize("kind", JUDGES)
def test_every_field_of_a_judge_has_an_order_or_a_reason(kind: Any) -> None:
    ordered = {field for judge, field in (*ORDER, *NO_ORDER_OF) if judge is kind}
    assert {field.name for field in fields(kind)} - ordered <= set(NO_ORDER)


@pytest.mark.parametrize(
    ("kind", "field", "base", "values"),
    [(kind, field, *row) for (kind, field), rows in ORDER.items() for row in rows],
)
@thrifty
@given(windows=WINDOWS, prior=PRIORS)
def test_a_stricter_judge_never_alarms_later(
    kind: type,
    field: str,
    base: Any,
    values: list[Any],
    windows: list[Window],
    prior: tuple[float, float, float],
) -> None:
    never = len(windows) + 1
    alarms = [first_alarm(replace(base, **{field: value}), setting(prior), windows) or never for value in values]
    assert alarms == sorted(alarms, reverse=True), f"{kind.__name__}.{field}: {values} -> {alarms}"


@pytest.mark.parametrize("field", ["consecutive", "cumulative", "total"])
@thrifty
@given(windows=WINDOWS)
def test_an_alarm_of_a_row_is_an_alarm_of_the_sum(field: str, windows: list[Window]) -> None:
    """Flagger's and Argo's counters forget nothing: with the same number they come first."""
    number = 3
    row = first_alarm(Threshold(above=0.1, consecutive=number), setting(), windows)
    same = {"consecutive": number, "cumulative": number - 1, "total": number - 1}[field]
    counter: dict[str, Any] = {field: same}
    other = first_alarm(Threshold(above=0.1, **counter), setting(), windows)
    assert row is None or (other is not None and other <= row)


# --- at the door


@pytest.mark.parametrize("kind", JUDGES)
def test_a_judge_is_read_by_its_name_and_refuses_unknown_words(kind: Any) -> None:
    name = kind().judge
    reads: Any = TypeAdapter(AnyJudge)
    assert reads.validate_python({"judge": name}) == kind()
    with pytest.raises(ValidationError, match="misspelt"):
        reads.validate_python({"judge": name, "misspelt": 1})


def test_an_unknown_judge_is_refused_with_the_known_ones() -> None:
    reads: Any = TypeAdapter(AnyJudge)
    with pytest.raises(ValidationError, match="'threshold', 'kth_failure', 'burn_rate', 'sprt', 'cusum'"):
        reads.validate_python({"judge": "treshold"})


@pytest.mark.parametrize("kind", JUDGES)
@pytest.mark.parametrize(("given_", "said"), [({"min_requests": 0}, "at least 1"), ({"over": 0.0}, "over")], ids=str)
def test_what_no_judge_can_mean_is_refused(kind: Any, given_: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        kind(**given_)
