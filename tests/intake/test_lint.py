"""Each rule speaks where it should, is silent next to it, and its numbers are those of theory."""

import math
import re

import pytest

from sim.intake.lint import RULES, Finding, Rule, capacity, comparing, faults, idle, judges, lint, people, sizes
from sim.intake.place import at_path
from sim.intake.scenario_file import parse, read, read_with_lines
from sim.model.terms import Delay
from sim.theory.power import canary_miss
from tests.intake.samples import FULL, LIBRARY, SMALL


def found(rule: Rule, *said: str, text: str = SMALL) -> list[Finding]:
    return list(rule(parse(text, set=said)))


def fields(rule: Rule, *said: str, text: str = SMALL) -> list[str]:
    return [finding.field for finding in found(rule, *said, text=text)]


def test_the_small_scenario_has_no_surprises() -> None:
    assert lint(parse(SMALL)) == []


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_every_finding_in_the_library_has_a_line_a_reason_and_advice(path) -> None:
    scenario, root = read_with_lines(path.read_text(encoding="utf-8"), str(path))
    for finding in lint(scenario):
        assert at_path(root, finding.field).node.line, finding
        assert finding.text, finding
        assert finding.why, finding
        assert finding.advice, finding


def test_rules_never_fail_on_a_scenario_that_says_everything() -> None:
    assert all(isinstance(finding, Finding) for finding in lint(parse(FULL)))


# ---- capacity -------------------------------------------------------------------------------------


def test_a_policy_that_this_fleet_cannot_run_says_why() -> None:
    (finding,) = found(capacity.impossible_policies, "fleet.test.servers=0", "policies.canary.test={for: 5m}")
    assert finding.field == "policies.canary"
    assert finding.text == "cannot run here: it tests first, and the fleet has no test servers (fleet.test.servers)"


@pytest.mark.parametrize(("rate", "said"), [("287/s", 0), ("300/s", 1), ("400/s", 1)])
def test_a_fleet_that_is_too_small_anyway_is_told_once(rate: str, said: int) -> None:
    assert len(found(capacity.busy_already, f"service.traffic.rate={rate}")) == said
    if said:
        assert fields(capacity.overloaded_without, f"service.traffic.rate={rate}") == []


def test_restarting_everything_is_an_outage_whatever_the_change() -> None:
    (finding,) = found(capacity.restarts_everything, "policies.direct.batch=all")
    assert finding.field == "policies.direct.batch"
    assert finding.text == "nobody serves for about 40s: an outage even when the change is good"
    assert finding.why == "all 4 servers restart together; about 4,000 requests fail in each rollout"


def test_batches_that_do_not_wait_add_up_to_everything() -> None:
    assert fields(capacity.restarts_everything, "policies.direct.batch=1 every 10s") == ["policies.direct.batch"]
    assert fields(capacity.restarts_everything, "policies.direct.batch=1 every 20s") == []


def test_a_batch_is_out_until_it_is_back_not_a_moment_less() -> None:
    # 40 s away, one every 15 s: from the second minute on three of four are out, one serves 100/s with 80/s.
    (finding,) = found(capacity.overloaded_without, "policies.direct.batch=1 every 15s")
    assert finding.text == "1 of 4 servers are 125% used while a batch is out: 20% of the requests fail"


@pytest.mark.parametrize("setting", ["change.kind=config", "change.kind=new_service", "change.kind=shutdown_service"])
def test_a_change_that_takes_nobody_away_restarts_nothing(setting: str) -> None:
    assert fields(capacity.restarts_everything, setting, "policies.direct.batch=all") == []


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        ("140/s", None),
        ("150/s", "2 of 4 servers are 93.8% used while a batch is out: requests queue"),
        ("200/s", "2 of 4 servers are 125% used while a batch is out: 20% of the requests fail"),
    ],
)
def test_servers_that_are_left_may_be_too_few(rate: str, text: str | None) -> None:
    said = found(capacity.overloaded_without, f"service.traffic.rate={rate}", "policies.direct.batch=2 every 1m")
    assert [finding.text for finding in said if finding.field == "policies.direct.batch"] == ([text] if text else [])


def test_withdrawn_canaries_are_missing_too() -> None:
    said = found(capacity.overloaded_without, "service.traffic.rate=200/s", "policies.canary.canaries=3")
    texts = [finding.text for finding in said]
    assert "1 of 4 servers are 250% used when the canaries are withdrawn: 60% of the requests fail" in texts


def test_only_the_traffic_of_the_rollouts_hours_counts() -> None:
    night = 'service.traffic={rate: 200/s, profile: {"06:00": 100%, "23:00": 30%}}'
    assert fields(capacity.overloaded_without, night, "policies.direct.batch=2 every 1m", "start=Mon 10:00") != []
    assert fields(capacity.overloaded_without, night, "policies.direct.batch=2 every 1m", "start=Mon 23:30") == []


def test_a_router_may_give_the_canaries_too_much() -> None:
    (finding,) = found(capacity.overloaded_canaries, "policies.canary.weight=90%")
    assert finding.text == "the canaries are 112% used: they fail by overload, not by the change"
    assert finding.advice == "more canaries, or a weight of at most 72%"
    assert fields(capacity.overloaded_canaries, "policies.canary.weight=70%") == []


def test_a_standby_smaller_than_production_may_not_carry_it() -> None:
    swap = "policies.direct={strategy: standby_swap}"
    assert fields(capacity.small_standby, swap, "fleet.standby.servers=1") == ["fleet.standby.servers"]
    assert fields(capacity.small_standby, swap, "fleet.standby.servers=4") == []


# ---- judges ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("judge", "bake", "needed"),
    [
        ("{judge: threshold, consecutive: 4}", "30s", 4),
        ("{judge: threshold, consecutive: 3}", "30s", None),
        ("{judge: threshold, cumulative: 3}", "30s", 4),
        ("{judge: threshold, total: 2}", "30s", None),
        ("{judge: threshold, total: 3}", "30s", 4),
        ("{judge: threshold}", "9s", 1),
        ("{judge: kth_failure, failures: 1000}", "10s", None),
        ("{judge: burn_rate}", "5s", 1),
    ],
)
def test_a_bake_must_hold_the_scrapes_that_its_judge_needs(judge: str, bake: str, needed: int | None) -> None:
    said = found(judges.too_few_windows, f"policies.canary.judge={judge}", f"policies.canary.bake={bake}")
    assert [f"its judge needs {needed} bad ones" in finding.text for finding in said] == ([True] if needed else [])


def test_one_bad_request_may_be_too_many() -> None:
    few = ["service.traffic.rate=10/s", "policies.canary.judge.above=1%"]
    (finding,) = found(judges.one_failure_is_too_many, *few)
    assert finding.field == "policies.canary.judge.above"
    assert finding.text == "a window holds about 25 requests: one bad one is already above 1%"
    assert finding.advice.startswith("a window of 2m (`over: 2m`) that says nothing while it fills")
    assert "(`min_requests: 200`)" in finding.advice
    assert fields(judges.one_failure_is_too_many, *few, "policies.canary.judge.over=2m") == []


def test_a_judge_of_a_service_without_requests_is_not_divided_by_nothing() -> None:
    night = 'service.traffic={rate: 10/s, profile: {"06:00": 0%, "23:00": 30%}}'
    assert fields(judges.one_failure_is_too_many, night) == []


def test_the_chance_of_a_false_alarm_is_that_of_theory() -> None:
    said = ["service.base_errors=1%", "policies.canary.judge={judge: kth_failure, failures: 160}"]
    (finding,) = found(judges.false_alarms, *said)
    # One canary of four serves 25/s for 600 s, so 150 failures are expected of a good change.
    exact = 1 - canary_miss(1, 25.0, 600.0, 0.01, k=160)
    assert f"with a chance of {100 * exact:.3g}% in the bake of 10m" in finding.text


def test_false_alarms_are_told_from_one_in_a_hundred_on() -> None:
    assert fields(judges.false_alarms, "service.base_errors=0.1%") == []
    assert fields(judges.false_alarms, "service.base_errors=0.7%") == ["policies.canary.judge"]
    assert fields(judges.false_alarms, "service.base_errors=0.7%", "policies.canary.judge.consecutive=3") == []


QUIET = ["service.traffic.rate=4/s", "service.base_errors=0.1%", "policies.canary.judge.above=2%"]


def test_a_window_that_still_fills_is_part_of_the_chance_of_a_false_alarm() -> None:
    """One canary of four gets a request a second: a bad one in the first 30 s is above 2% at two looks in a row."""
    judge = ["policies.canary.judge.consecutive=2", "policies.canary.judge.over=3m"]
    (finding,) = found(judges.false_alarms, *QUIET, *judge)
    exact = 1 - math.exp(-0.001 * 30)
    said = float(re.findall(r"a chance of ([\d.]+)%", finding.text)[0])
    assert said == pytest.approx(100 * exact, rel=0.06)
    assert "`min_requests: 100`" in finding.advice
    assert fields(judges.false_alarms, *QUIET, *judge, "policies.canary.judge.min_requests=100") == []


def test_an_alert_over_the_whole_service_is_asked_until_the_horizon() -> None:
    alert = "watch.alerts=[{judge: threshold, above: 2%}]"
    assert fields(judges.false_alarms, alert, "service.base_errors=1%") == ["policies.canary.judge", "watch.alerts.0"]


@pytest.mark.parametrize(("errors", "said"), [("2%", True), ("1.9%", True), ("2.5%", False), ("1%", False)])
def test_a_limit_equal_to_the_fault_is_a_coin_flip(errors: str, said: bool) -> None:
    places = fields(judges.coin_flips, f"change.one_of.1.errors={errors}")
    assert places == (["policies.canary.judge.above"] if said else [])


def test_a_coin_flip_is_seen_as_the_judge_sees_it() -> None:
    half = ["change.one_of.1.errors=4%", "change.one_of.1.users=50%"]
    assert fields(judges.coin_flips, *half) == ["policies.canary.judge.above"]
    assert fields(judges.coin_flips, *half, "change.one_of.1.in_metrics=50%") == []


def test_an_overload_is_a_size_too() -> None:
    # Slowed 3.2 times at utilisation 0.3125 + nothing: 1 - 1/1.0204 = 2 % are refused.
    slow = "change.one_of.1={fault: slow, chance: 10%, slow: 3.2653}"
    assert fields(judges.coin_flips, slow) == ["policies.canary.judge.above"]


def test_few_canaries_seldom_hold_an_ill_server() -> None:
    ill = "change.one_of.1={fault: some_servers, chance: 10%, servers: 10%}"
    (finding,) = found(judges.canaries_without_it, "fleet.production.servers=100", ill)
    assert finding.text == "hold no server that can have 'some_servers' in 90% of the rollouts"
    assert finding.advice == "29 of them would hold one in 95%"
    assert fields(judges.canaries_without_it, "fleet.production.servers=100", "policies.canary.canaries=10", ill) == []


def test_alerts_of_the_whole_service_may_be_blind_in_a_bake() -> None:
    unjudged = ["policies.canary.judge=null", "watch.alerts=[{judge: threshold, above: 3%}]"]
    (finding,) = found(judges.blind_bakes, *unjudged)
    assert finding.field == "policies.canary.bake"
    assert finding.why == "even 'errors' makes only 1.3% of the service fail; the limit is 3%"
    assert fields(judges.blind_bakes, *unjudged, "change.one_of.1.errors=20%") == []
    assert fields(judges.blind_bakes, "policies.canary.judge.on=whole") == ["policies.canary.judge.on"]


def test_a_bake_that_nobody_watches_is_only_a_wait() -> None:
    assert fields(judges.nobody_watches, "policies.canary.judge=null") == ["policies.canary.bake"]
    assert fields(judges.nobody_watches, "policies.canary.judge=null", "watch.reports={chance: 1%}") == []


# ---- faults ---------------------------------------------------------------------------------------


def test_a_bake_may_end_before_a_fault_shows() -> None:
    leak = "change.one_of.1={fault: leak, chance: 10%}"
    (finding,) = found(faults.ends_before_onset, leak)
    assert finding.text == "ends after 10m, before 'leak' (after 30m) usually shows"
    assert fields(faults.ends_before_onset, leak, "policies.canary.bake=30m") == []


def test_a_fault_may_never_show() -> None:
    assert fields(faults.never_shows, "change.one_of.1={fault: late, chance: 10%}") == ["change.one_of.1.after"]
    peak = "change.one_of.1={fault: peak_hour, chance: 10%}"
    assert fields(faults.never_shows, peak) == ["change.one_of.1.at"]
    assert fields(faults.never_shows, peak, "start=Mon 17:00") == []
    assert fields(faults.never_shows, peak, "start=Mon 19:00") == [], "the window is open already"


@pytest.mark.parametrize(
    ("fault", "blind"),
    [
        ("{fault: errors, chance: 10%}", False),
        ("{fault: errors, chance: 10%, in_test: 0%}", True),
        ("{fault: config_poison, chance: 10%}", True),
        ("{fault: load_cliff, chance: 10%}", True),
        ("{fault: late, chance: 10%}", True),
        ("{fault: leak, chance: 10%}", False),
    ],
)
def test_a_test_may_see_nothing(fault: str, blind: bool) -> None:
    said = fields(faults.tests_that_see_nothing, f"change.one_of.1={fault}", "policies.canary.test={for: 20m}")
    assert said == (["policies.canary.test"] if blind else [])


def test_no_undo_takes_back_what_was_damaged() -> None:
    damage = "change.one_of.1={fault: corruption, chance: 10%}"
    assert fields(faults.undo_takes_not_back, damage) == ["change.one_of.1.corrupt"]
    repaired = "change.one_of.1={fault: errors, chance: 10%, heals: repair, repaired_after: 2h}"
    (finding,) = found(faults.undo_takes_not_back, repaired)
    assert finding.text == "the undo does not heal 'errors': it stays until repaired, 2h later"


def test_what_was_shut_down_may_be_deleted_before_anybody_decides() -> None:
    shut = ["change.kind=shutdown_service", "change.deleted_after=5m"]
    assert fields(faults.undo_takes_not_back, *shut) == ["change.deleted_after"]
    assert fields(faults.undo_takes_not_back, "change.kind=shutdown_service", "change.deleted_after=1h") == []


def test_half_of_the_onsets_are_over_at_the_median_and_95_percent_at_the_95th() -> None:
    delay = Delay(600.0, 1800.0)
    assert [round(faults.shown_by(delay, at), 6) for at in (0.0, 600.0, 1800.0)] == [0.0, 0.5, 0.95]


# ---- people ---------------------------------------------------------------------------------------

ALERT = "watch.alerts=[{judge: threshold, above: 3%, consecutive: 3}]"


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("Mon 10:00", None),
        ("Mon 16:50", "a page on Mon 17:00 is read 16h later"),
        ("Fri 16:50", "a page on Fri 17:00 is read 2d16h later"),
        ("Sat 12:00", "a page on Sat 12:00 is read 1d21h later"),
    ],
)
def test_a_page_may_meet_an_empty_office(start: str, said: str | None) -> None:
    texts = [finding.text for finding in found(people.out_of_hours, ALERT, "people.hours=office", f"start={start}")]
    assert texts == ([said] if said else [])


def test_the_worst_closing_time_of_a_long_rollout_counts() -> None:
    long = ["horizon=4d", "policies.canary.bake=30h", "start=Thu 12:00"]
    (finding,) = found(people.out_of_hours, ALERT, "people.hours=office", *long)
    assert finding.text == "a page on Fri 17:00 is read 2d16h later"


def test_nobody_is_paged_where_alarms_undo_at_once() -> None:
    at_once = "watch.alerts=[{judge: threshold, above: 3%, then: undo}]"
    assert fields(people.out_of_hours, at_once, "people.hours=office", "start=Sat 12:00") == []


def test_a_horizon_may_be_far_beyond_everything() -> None:
    assert fields(people.far_horizon, "horizon=30d") == ["horizon"]
    assert fields(people.far_horizon, "horizon=30d", "change.one_of.1={fault: late, chance: 10%, after: 10d}") == []


# ---- numbers that rules share ---------------------------------------------------------------------


def test_the_rate_of_an_hour_follows_the_profile_over_midnight() -> None:
    day = 'service.traffic.profile={"06:00": 100%, "22:00": 40%}'
    scenario = parse(SMALL, set=[day, "start=Mon 21:00", "horizon=1d"])
    assert [sizes.rate_at(scenario, hours * 3600) for hours in (0, 1, 8, 9)] == [100.0, 40.0, 40.0, 100.0]
    assert sizes.peak_rate(parse(SMALL, set=[day, "start=Mon 23:00"]), 3600) == 40.0


def test_bakes_know_what_share_of_the_requests_meets_the_new_version() -> None:
    knobs = ["policies.canary.watch_after=5m", "policies.canary.mirror=2m", "policies.canary.weight=5%"]
    scenario = parse(SMALL, set=knobs)
    seen = [(bake.knob, bake.share, bake.servers) for bake in sizes.bakes(scenario.plan("canary"), scenario)]
    assert seen == [("mirror", 0.25, 1), ("bake", 0.05, 1), ("watch_after", 1.0, 4)]


def test_after_a_swap_everybody_meets_the_new_version() -> None:
    scenario = parse(SMALL, set=["fleet.standby.servers=5", "policies.canary={strategy: standby_swap}"])
    assert [(bake.share, bake.servers) for bake in sizes.bakes(scenario.plan("canary"), scenario)] == [(1.0, 5)]


def test_each_rule_is_told_in_its_own_words() -> None:
    assert len({rule.__doc__ for rule in RULES}) == len(RULES)


def test_the_library_warns_of_what_it_was_made_to_show() -> None:
    texts = [finding.text for finding in lint(read("website"))]
    assert "cannot run here: a canary needs at least 2 production servers, one to stay as it was" in texts


# ---- comparing ------------------------------------------------------------------------------------

FISHER = "policies.canary.judge={judge: fisher}"


def test_a_judge_without_a_control_to_compare_with_is_told_of() -> None:
    (finding,) = found(comparing.nothing_to_compare, FISHER)
    assert finding.field == "policies.canary.judge"
    assert "holds until the gate gives up" in finding.text
    assert finding.advice.startswith("`control: true`")
    assert found(comparing.nothing_to_compare, FISHER, "policies.canary.control=true") == []
    for other in ("whole", "before"):
        assert found(comparing.nothing_to_compare, f"policies.canary.judge={{judge: fisher, against: {other}}}") == []


def test_a_strategy_that_has_no_control_is_not_advised_to_take_one() -> None:
    rolling = "policies.direct={strategy: rolling, batch: 1 every 1m, watch_after: 5m, judge: {judge: vote}}"
    (finding,) = found(comparing.nothing_to_compare, rolling)
    assert (finding.field, finding.why) == ("policies.direct.judge", "rolling has no `control`")
    assert finding.advice.startswith("`against: before`")


def test_an_alert_that_compares_with_a_control_that_some_policies_lack() -> None:
    alert = "watch.alerts=[{judge: fisher, peeked: 1m}]"
    assert fields(comparing.nothing_to_compare, alert) == ["watch.alerts.0"]
    assert fields(comparing.nothing_to_compare, alert.replace("peeked", "against: before, peeked")) == []


def test_who_is_compared_with_all_is_in_its_own_baseline() -> None:
    (finding,) = found(comparing.in_its_own_baseline, "policies.canary.judge={judge: fisher, against: whole}")
    assert finding.field == "policies.canary.judge.against"
    assert "up to 25% of the requests" in finding.why
    assert "as 75% of what it is" in finding.why
    more = "policies.canary.watch_after=5m"
    (finding,) = found(comparing.in_its_own_baseline, "policies.canary.judge={judge: fisher, against: whole}", more)
    assert "it sees nothing" in finding.text


# ---- idle -----------------------------------------------------------------------------------------


def test_a_floor_that_no_undo_keeps_is_told_of() -> None:
    rule = idle.room_that_nobody_keeps
    assert fields(rule, "policies.direct.min_in_rotation=2") == ["policies.direct.min_in_rotation"]
    assert fields(rule, "policies.canary.min_in_rotation=2") == []
    assert fields(rule, "policies.canary.min_in_rotation=2", "policies.canary.undo=1 every 1m") == [
        "policies.canary.min_in_rotation"
    ]
    assert fields(rule) == []
