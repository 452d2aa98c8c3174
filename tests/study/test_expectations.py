"""Claims are read strictly, decided by the summary's own numbers, and undecided is not passed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.study.compare import Comparison, compare
from sim.study.expectations import check, read_claim, replay, value_of
from sim.study.summary import summary
from tests.study.fake_engine import TEXT, Dice, scenario

POLICIES = ("direct", "canary", "canary.v2", "test_first")

EXPECT = [
    {"of": "canary", "column": "users_hit", "statistic": "mean", "value": 1e9, "within": 5,
     "role": "predicted", "published": "a report", "source": "nowhere"},
    {"of": "direct", "column": "peak_failed_share", "value": 0.05, "within": 0.001,
     "role": "input", "published": "5 %", "source": "nowhere"},
    {"of": "standby", "column": "cost", "value": 0, "within": 1e12,
     "role": "predicted", "published": "-", "source": "nowhere"},
]


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare(scenario(expect=EXPECT), runs=200, seed=5, jobs=1, engine=Dice(),
                   policies=["direct", "canary"])


@pytest.mark.parametrize(
    ("text", "among", "column", "word", "statistic", "bound"),
    [
        ("canary.users_hit.mean < 2000", "all", "users_hit", None, "mean", 2000),
        ("canary.users_hit.mean<2k", "all", "users_hit", None, "mean", 2000),
        ("canary.faulty.users_hit.p50 <= 2000.5", "faulty", "users_hit", None, "p50", 2000.5),
        ("canary.healthy.lead_time_s.high >= 1h30m", "healthy", "lead_time_s", None, "high", 5400),
        ("canary.faulty.share < 5%", "all", "faulty", None, "share", 0.05),
        ("canary.faulty.faulty.n > 7", "faulty", "faulty", None, "n", 7),
        ("canary.ended.promoted.share > 0.8", "all", "ended", "promoted", "share", 0.8),
        ("canary.faulty.detected_by.gate.low > 3%", "faulty", "detected_by", "gate", "low", 0.03),
        ("canary.budget_spent.p95 < 150%", "all", "budget_spent", None, "p95", 1.5),
        ("canary.v2.cost.mean < 1e3", "all", "cost", None, "mean", 1000),
    ],
)
def test_a_claim_is_read(
    text: str, among: str, column: str, word: str | None, statistic: str, bound: float
) -> None:
    claim = read_claim(text, POLICIES)
    assert (claim.among, claim.column, claim.word) == (among, column, word)
    assert (claim.statistic, claim.bound) == (statistic, bound)
    assert claim.policy == ("canary.v2" if "v2" in text else "canary")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("canry.users_hit.mean < 3", "policy 'canry' is not known: did you mean 'canary'"),
        ("canary.user_hit.mean < 3", "column 'user_hit' is not known: did you mean 'users_hit'"),
        ("canary.sick.users_hit.mean < 3", "column 'sick' is not known"),
        ("canary.users_hit.p50. < 3", "one statistic must end it"),
        ("canary.users_hit < 3", "one statistic must end it: mean, low, high, p50, p95, n"),
        ("canary.users_hit.meen < 3", "statistic of users_hit 'meen' .* did you mean 'mean'"),
        ("canary.users_hit.share < 3%", "statistic of users_hit 'share' is not known"),
        ("canary.ended.share < 3", "value of ended 'share' is not known"),
        ("canary.ended < 3", "ended needs a word, like ended.promoted"),
        ("canary.users_hit.mean < 10m", "'10m' is not a number of users, like 2000 or 2k"),
        ("canary.lead_time_s.mean < 5%", "'5%' is not a number of s, like 600 or 10m"),
        ("canary.faulty.share < 5x", "is not a number of share, like 0.05 or 5%"),
        ("canary.cost.mean < nan", "'nan' is not a number of money"),
        ("canary.cost.mean < 1e999", "'1e999' is not a number of money"),
        ("canary.cost.mean = 3", "relations are < <= > >="),
        ("canary.cost.mean << 3", "relations are < <= > >="),
        ("canary < 3", "an expectation is policy.column.statistic < value"),
        ("", "an expectation is policy.column.statistic < value"),
    ],
)
def test_a_claim_that_says_nothing_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_claim(text, POLICIES)


@pytest.mark.parametrize("statistic", ["mean", "low", "high", "p50", "p95", "n"])
def test_a_claim_is_decided_by_the_number_of_the_summary(
    found: Comparison, statistic: str
) -> None:
    number = summary(found)["policies"]["canary"]["users_hit"][statistic]
    for relation, passes in (("<", False), ("<=", True), (">", False), (">=", True)):
        claim = read_claim(f"canary.users_hit.{statistic} {relation} {number!r}", found.tables)
        checked = check(claim, found)
        assert (checked.value, checked.passed) == (number, passes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("canary.faulty.time_to_restore_s.p95 < 1e9", "p95 needs 72 runs with a value"),
        ("canary.healthy.time_to_detect_s.mean < 1e9", "0 runs on healthy changes have a value"),
    ],
)
def test_a_claim_on_what_too_few_runs_support_does_not_pass(
    found: Comparison, text: str, said: str
) -> None:
    checked = check(read_claim(text, found.tables), found)
    assert (checked.value, checked.passed) == (None, False)
    assert checked.reason is not None
    assert checked.reason.startswith("not decided: ")
    assert said in checked.reason


def test_published_numbers_stand_beside_the_simulated_ones(found: Comparison) -> None:
    far, near, missing = replay(found)
    expected = value_of(found, "canary", "faulty", "users_hit", "mean")[0]
    assert (far.simulated, far.met, far.expectation.role) == (expected, False, "predicted")
    assert (near.simulated, near.met) == (0.05, True)
    assert (missing.met, missing.reason) == (False, "policy 'standby' was not compared")


def test_a_row_may_count_one_word(found: Comparison) -> None:
    row = {"of": "canary", "column": "ended", "word": "promoted", "statistic": "share", "value": 0, "within": 1,
           "role": "input", "published": "-", "source": "-"}
    [counted] = replay(replace(found, scenario=scenario(expect=[row])))
    assert counted.simulated == value_of(found, "canary", "faulty", "ended", "share", "promoted")[0]
    assert counted.met
    assert counted.n > 0


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"role": "beyond"}, "role beyond needs `why`"),
        ({"why": "caches"}, "why belongs to role beyond, not to role predicted"),
        ({"column": "ended", "word": "promoted", "statistic": "mean"}, "words are counted, they have no mean"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(said: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        scenario(expect=[EXPECT[0] | said])


def test_a_skipped_policy_says_why() -> None:
    fleet = TEXT["fleet"] | {"standby": {"servers": 0}}
    found = compare(scenario(fleet=fleet), runs=10, jobs=1, engine=Dice())
    reason = check(read_claim("standby.cost.mean < 3", ["standby"]), found).reason
    assert reason is not None
    assert found.skipped["standby"] in reason
