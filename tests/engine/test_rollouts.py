"""Rollouts told beforehand, instant by instant: what the rules say must happen, and when."""

import pytest

from sim.model.evidence import Verdict
from tests.engine.rollouts import shop, times, told

ERRORS = "fault: errors, errors: 50%"
CRASH = "fault: crash_at_start"


def test_a_healthy_canary_passes_gate_by_gate() -> None:
    outcome, events = told(shop(), "canary")
    # Down at 40 s, probes at 40 and 45; then the bake, then two batches of four a minute apart.
    assert times(events, "installed") == [45, 390, 450]
    assert times(events, "bake_started") == [45]
    assert times(events, "gate_passed") == [345, 450]
    assert (outcome.ended, outcome.lead_time_s, outcome.failed_requests) == ("promoted", 450, 0)


def test_without_probes_a_server_is_back_when_its_restart_is_over() -> None:
    _, events = told(shop("fleet.balancer=null"), "canary")
    assert times(events, "installed")[0] == 40


def test_a_change_without_restart_takes_nobody_out_of_rotation() -> None:
    scenario = shop("change.install={drain: 0s, restart: 0s}", "policies.direct.batch=all")
    outcome, events = told(scenario, "direct")
    assert times(events, "installed") == [0]
    assert outcome.peak_utilisation == pytest.approx(0.5)


def test_the_gate_rolls_back_at_the_second_breach_and_canaries_leave_at_once() -> None:
    outcome, events = told(shop(fault=ERRORS), "canary")
    # In rotation from 45 s; the scrapes at 50 and 60 s breach.
    assert times(events, "alarm") == [60]
    assert times(events, "undo_started") == [60]
    assert times(events, "harm_ended") == [60]
    assert times(events, "undone") == [105]  # 40 s of install, then probes at 100 and 105
    assert (outcome.ended, outcome.detected_by, outcome.servers_hit) == ("rolled_back", "gate", 2)
    # 2 of 10 servers, 400/s, half of the requests, for 15 s.
    assert outcome.failed_requests == pytest.approx(80 * 0.5 * 15, abs=4 * 25)


def test_canaries_leave_at_once_whatever_must_stay_in_rotation() -> None:
    _, events = told(shop("policies.canary.min_in_rotation=9", fault=ERRORS), "canary")
    assert times(events, "harm_ended") == [60]


def test_servers_out_for_their_install_leave_their_load_to_the_others() -> None:
    outcome, _ = told(shop("policies.direct.batch=6 every 2m"), "direct")
    # Four servers carry 400/s with room for 320/s: a fifth is shed for 45 s. Then six carry it, then all.
    assert outcome.peak_utilisation == pytest.approx(1.25)
    assert outcome.overload_s == 45
    assert outcome.failed_requests == pytest.approx(80 * 45, abs=4 * 60)


def test_flagger_s_counter_acts_one_check_later() -> None:
    judge = "policies.canary.judge={judge: threshold, above: 2%, cumulative: 2}"
    _, events = told(shop(judge, fault=ERRORS), "canary")
    assert times(events, "alarm") == [70]


def test_a_judge_is_asked_at_the_very_end_of_the_bake_too() -> None:
    settings = ("policies.canary.bake=25s", "policies.canary.judge={judge: threshold, above: 2%, consecutive: 1}")
    _, events = told(shop(*settings, fault="fault: late, after: 20s"), "canary")
    # Ill from 60 s on, and the bake ends at 70 s, where the first bad scrape falls: the scrape comes first.
    assert times(events, "alarm") == [70]
    assert not times(events, "gate_passed")


def test_no_evidence_holds_until_it_gives_up() -> None:
    settings = ("policies.canary.bake=1m", "policies.canary.judge={judge: threshold, above: 2%, min_requests: 1000000}")
    outcome, events = told(shop(*settings), "canary")
    assert times(events, "gave_up") == [45 + 120]
    assert outcome.ended == "rolled_back"
    assert outcome.false_rollback
    kept, events = told(shop(*settings, "policies.canary.on_give_up=promote", "policies.canary.give_up=30s"), "canary")
    assert times(events, "gave_up") == [45 + 90]
    assert kept.ended == "promoted"


def test_a_gate_on_hold_passes_at_the_first_good_scrape_after_its_bake() -> None:
    # In rotation from 45 s: the scrape of 50 s holds half the requests of that of 60 s, and the bake ends between.
    judge = "policies.canary.judge={judge: threshold, above: 2%, min_requests: 700}"
    _, events = told(shop("policies.canary.bake=12s", judge), "canary")
    seen = [(t, data["requests"]) for t, data in events["judged"]]
    assert seen[0][0] == 60
    assert times(events, "gate_passed")[0] == 60


def test_an_early_gate_passes_at_the_first_good_scrape() -> None:
    _, events = told(shop("policies.canary.early=true"), "canary")
    assert times(events, "gate_passed")[0] == 50


def test_a_crash_at_start_never_enters_rotation_and_stops_the_stage() -> None:
    outcome, events = told(shop(fault=CRASH), "canary")
    # Up at 40 s, a minute to get ready, not back: undone at 100 s with no user the wiser.
    assert times(events, "install_failed") == [100]
    assert times(events, "undo_started") == [100]
    assert (outcome.detected_by, outcome.caught_before_users, outcome.failed_requests) == ("health_check", True, 0)


def test_as_many_failed_installs_as_allowed_do_not_stop_it() -> None:
    outcome, events = told(shop("change.install.max_failed_installs=2", fault=CRASH), "rolling")
    assert times(events, "install_failed") == [100, 200]
    assert times(events, "undo_started") == [200]  # the second batch of two is one too many
    assert outcome.detected_by == "health_check"


def test_a_gate_whose_canaries_never_came_back_has_no_evidence_and_gives_up() -> None:
    outcome, events = told(shop("change.install.max_failed_installs=2", fault=CRASH), "canary")
    assert times(events, "gave_up") == [100 + 600]
    assert (outcome.detected_by, outcome.failed_requests) == ("gate", 0)


def test_without_health_checks_a_crashed_server_refuses_everything() -> None:
    outcome, _ = told(shop("fleet.balancer=null", fault=CRASH), "canary")
    assert outcome.detected_by == "gate"
    assert outcome.failed_requests == pytest.approx(80 * 20, abs=4 * 40)  # from 40 s to 60 s


def test_a_server_that_crashes_later_is_ejected_at_its_third_failed_probe() -> None:
    fault = "fault: custom, crash: true, after: 62s, servers: 1"
    outcome, events = told(shop("policies.canary.judge={judge: kth_failure, failures: 1000000}", fault=fault), "canary")
    ejections = times(events, "ejected")
    # Where the one server is among the canaries it crashes 62 s after its restart at 40 s.
    assert ejections
    assert ejections[0] % 5 == 0
    harmed = outcome.time_to_restore_s
    assert harmed is not None
    assert harmed <= 15


def test_only_direct_starts_batches_without_waiting() -> None:
    _, direct = told(shop("policies.direct.batch=2 every 10s"), "direct")
    _, rolling = told(shop("policies.rolling.batch=2 every 10s"), "rolling")
    assert times(direct, "installed") == [45, 55, 65, 75, 85]
    assert times(rolling, "installed") == [45, 90, 135, 180, 225]


def test_alerts_page_people_and_no_new_batch_starts() -> None:
    alert = "watch.alerts=[{judge: threshold, above: 5%, consecutive: 1}]"
    outcome, events = told(shop(alert, fault=ERRORS), "rolling")
    paged = times(events, "page")[0]
    assert paged == 50
    assert times(events, "acknowledged") == [paged + 120]
    assert times(events, "undo_started") == [paged + 300]
    # The batch in flight came back; nothing began after the page.
    assert max(data["last"] for _, data in events["installed"]) == 4
    assert outcome.servers_hit == 4


def test_an_alert_may_undo_by_itself() -> None:
    alert = "watch.alerts=[{judge: threshold, above: 5%, consecutive: 1, then: undo}]"
    _, events = told(shop(alert, fault=ERRORS), "rolling")
    assert times(events, "undo_started") == [50]
    assert "page" not in events


def test_reports_page_at_the_kth_of_them() -> None:
    reports = "watch.reports={chance: 100%, page: 30 in 10m}"
    outcome, events = told(shop(reports, fault=ERRORS), "rolling")
    first, paged = times(events, "first_harm")[0], times(events, "page")[0]
    assert outcome.detected_by == "reports"
    assert 0.2 < paged - first < 2.5  # thirty failures at forty a second


def test_a_reinstall_leaves_enough_servers_in_rotation() -> None:
    alert = "watch.alerts=[{judge: threshold, above: 1%, consecutive: 1}]"
    scenario = shop(alert, "policies.rolling.min_in_rotation=7", fault="fault: late, after: 2m")
    outcome, events = told(scenario, "rolling")
    out = [data["last"] - data["first"] for _, data in events["servers"] if data["state"] == "new_out"]
    # Four batches were in or on their way when the page came.
    assert out == [3, 3, 2]
    assert outcome.peak_utilisation < 400 / 6 / 80


def test_the_swap_is_instant_and_so_is_the_way_back() -> None:
    outcome, events = told(shop(fault=ERRORS), "swap")
    assert times(events, "routed")[0] == 45
    assert times(events, "alarm") == [60]
    assert times(events, "harm_ended") == [60]
    assert outcome.failed_requests == pytest.approx(400 * 0.5 * 15, abs=4 * 55)


def test_a_lease_moves_clients_in_ten_steps_there_and_back() -> None:
    alert = "watch.alerts=[{judge: threshold, above: 42%, then: undo}]"
    settings = ("policies.swap.lease=100s", "policies.swap.judge=null", alert)
    outcome, events = told(shop(*settings, fault=ERRORS), "swap")
    # Steps at 50, 60, ... 140 s: the window from 130 to 140 s is the first with 45 %.
    alarm = times(events, "alarm")[0]
    assert alarm == 140
    # The last tenth never moved; each of the others comes back one lease after it went, from 150 s to 230 s.
    assert times(events, "harm_ended") == [230]
    one_way = 400 * 0.5 * sum(step / 10 for step in range(1, 10)) * 10
    assert outcome.failed_requests == pytest.approx(2 * one_way, rel=0.03)


def test_once_the_other_side_is_touched_the_way_back_takes_an_install() -> None:
    fault = "fault: custom, errors: 50%, after: 5m20s"
    outcome, events = told(shop(fault=fault), "swap")
    # Ill from 40 s + 320 s on; the other side is being changed from 345 s to 390 s.
    assert times(events, "alarm") == [380]
    assert [data["way"] for _, data in events["undo_started"]] == ["idle_first"]
    assert times(events, "harm_ended") == [425]  # 40 s of install, probes at 420 and 425
    assert outcome.failed_requests == pytest.approx(400 * 0.5 * 65, rel=0.05)
    assert outcome.ended == "rolled_back"


def test_a_test_run_stops_the_change_before_anybody_meets_it() -> None:
    scenario = shop("change.faults=[{fault: errors}]", "policies.rolling.test={for: 5m}")
    outcome, events = told(scenario, "rolling")
    assert times(events, "test_failed") == [330]  # 30 s of restart, 5 minutes of test
    assert (outcome.detected_by, outcome.caught_before_users, outcome.ended) == ("test", True, "rolled_back")


def test_a_smoke_run_sees_the_standby_before_the_swap() -> None:
    scenario = shop("change.faults=[{fault: errors}]", "policies.swap.smoke={for: 1m}")
    outcome, events = told(scenario, "swap")
    assert (outcome.detected_by, outcome.caught_before_users) == ("smoke", True)
    assert "routed" not in events


def test_servers_that_silently_keep_the_old_version_do_not_show_the_fault() -> None:
    outcome, _ = told(shop("change.missed=4", fault=ERRORS), "rolling")
    assert outcome.servers_hit == 6


def test_a_new_service_harms_only_those_it_is_shown_to_and_is_withdrawn_at_once() -> None:
    scenario = shop(
        "change.kind=new_service",
        "policies={canary: {strategy: canary, canaries: 2, bake: 5m, "
        "judge: {judge: threshold, above: 2%, consecutive: 2}}}",
        fault=ERRORS,
    )
    outcome, events = told(scenario, "canary")
    alarm = times(events, "alarm")[0]
    assert times(events, "undone") == [alarm]
    assert outcome.requests == pytest.approx(80 * (alarm - 45), rel=0.1)


def test_what_was_shut_down_and_deleted_cannot_be_started_again() -> None:
    settings = ("change.kind=shutdown_service", "watch.alerts=[{judge: threshold, above: 10%, consecutive: 1}]")
    fault = "fault: forgotten_dependents, users: 30%"
    late, events = told(shop(*settings, "change.deleted_after=1m", fault=fault), "rolling")
    soon, _ = told(shop(*settings, "change.deleted_after=30m", fault=fault), "rolling")
    assert late.ended == "stopped"
    assert times(events, "stopped")
    assert soon.ended == "rolled_back"


def test_a_person_at_the_gate_sees_evidence_and_decides() -> None:
    asked = []

    def decide(question: object) -> Verdict:
        asked.append(question)
        return Verdict.HOLD if len(asked) == 1 else Verdict.PROMOTE

    outcome, events = told(shop(fault=ERRORS), "canary", decide=decide)
    first, second = asked[:2]
    assert (first.t_s, second.t_s) == (345, 645)
    assert len(second.evidence) == 60
    assert first.rule is Verdict.ROLL_BACK
    assert times(events, "gate_passed")[0] == 645
    assert outcome.servers_hit == 10


def test_a_mirror_shows_the_fault_to_the_judge_and_to_nobody_else() -> None:
    outcome, events = told(shop("policies.canary.mirror=2m", fault=ERRORS), "canary")
    assert times(events, "alarm") == [60]
    assert (outcome.failed_requests, outcome.users_hit, outcome.detected_by) == (0, 0, "gate")


def test_a_router_s_weight_is_exact() -> None:
    outcome, _ = told(shop("policies.canary.weight=5%", fault=ERRORS), "canary")
    assert outcome.failed_requests == pytest.approx(400 * 0.05 * 0.5 * 15, abs=4 * 13)


def test_a_gate_does_not_pass_over_ejected_servers() -> None:
    fault = "fault: custom, crash: true, after: 1m"
    settings = ("policies.canary.judge={judge: kth_failure, failures: 1000000}",)
    outcome, events = told(shop(*settings, fault=fault), "canary")
    # Both canaries crash at 100 s and are out at 110 s; the next scrape sees it.
    assert times(events, "ejected") == [110]
    assert times(events, "alarm") in ([110], [120])
    assert outcome.detected_by == "health_check"


def test_the_balancer_ejects_at_most_its_share_and_fails_open_in_a_panic() -> None:
    settings = ("policies.direct.batch=all", "service.traffic.rate=200/s", "fleet.balancer.panic=0%")
    some, _ = told(shop(*settings, fault="fault: custom, crash: true, after: 1m, servers: 8"), "direct")
    # Of eight crashed servers five may go; three of the five in rotation refuse everything for the rest of the hour.
    assert some.failed_requests == pytest.approx(200 * 0.6 * 3500, rel=0.05)
    every = "fault: custom, crash: true, after: 1m"
    panic, events = told(shop(*settings[:2], "fleet.balancer={max_ejected: 100%, panic: 50%}", fault=every), "direct")
    assert "ejected" not in events, "all are sick: all must get requests"
    assert panic.peak_failed_share == pytest.approx(1.0)


def test_harm_is_only_what_the_rollout_did() -> None:
    settings = ("service.base_errors=5%", "service.blips={every: 2m, length: 1m, errors: 20%}")
    outcome, _ = told(shop(*settings), "rolling")
    assert (outcome.failed_requests, outcome.users_hit, outcome.budget_spent) == (0, 0, 0)
    assert outcome.peak_failed_share > 0.2


def test_restarting_everything_at_once_is_an_outage_even_when_the_change_is_good() -> None:
    outcome, _ = told(shop("policies.direct.batch=all"), "direct")
    assert outcome.failed_requests == pytest.approx(400 * 45, rel=0.03)
    assert outcome.peak_failed_share == pytest.approx(45 / 60, rel=0.01)
    assert not outcome.false_rollback


def test_missing_data_of_a_group_that_does_not_exist_yet_is_no_failed_check() -> None:
    judge = "policies.rolling.judge={judge: threshold, above: 2%, cumulative: 2}"
    outcome, events = told(shop(judge), "rolling")
    # Flagger takes no value for a failed check; from 0 to 45 s there is no new version to have one.
    assert outcome.ended == "promoted"
    assert "alarm" not in events


def test_what_users_met_was_not_caught_before_them() -> None:
    outcome, _ = told(shop(fault=ERRORS), "canary")
    assert outcome.detected_by == "gate"
    assert not outcome.caught_before_users


def test_the_timeline_tells_the_hidden_truth_at_its_instants() -> None:
    _, events = told(shop(fault="fault: custom, errors: 50%, after: 62s"), "canary")
    assert events["fell_ill"] == [(102, {"fault": "custom", "count": 2})]
    _, mixed = told(shop(fault="fault: mixed_versions"), "canary")
    assert times(mixed, "fault_on") == [45]
    assert times(mixed, "fault_off")[0] == times(mixed, "undo_started")[0]


def test_a_server_ill_for_less_than_a_second_is_not_hit() -> None:
    # The gate undoes at 60 s: a fault from 59.5 s on has half a second, one from 58.5 s on enough.
    judge = "policies.canary.judge={judge: kth_failure, failures: 1}"
    short, _ = told(shop(judge, fault="fault: custom, errors: 100%, after: 19.5s"), "canary")
    long, _ = told(shop(judge, fault="fault: custom, errors: 100%, after: 18.5s"), "canary")
    assert (short.servers_hit, long.servers_hit) == (0, 2)
    assert short.failed_requests > 0
