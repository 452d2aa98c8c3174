"""A person as the judge: playing again with one answer more is the same rollout, and scores add up."""

from __future__ import annotations

import numpy as np
import pytest

from sim import measure
from sim.intake.scenario_file import read
from sim.model.evidence import Verdict
from sim.model.plan import Impossible
from sim.study import deciding
from sim.study.deciding import End, Ends

P, H, R = Verdict.PROMOTE, Verdict.HOLD, Verdict.ROLL_BACK
SCENARIO = read("thin_evidence")
PLAN = SCENARIO.plan("canary")


def test_a_rollout_waits_at_its_first_gate_and_goes_on_with_each_answer() -> None:
    first = deciding.play(PLAN, SCENARIO, 1, 5, ())
    assert first.question is not None
    assert first.outcome is None
    held = deciding.play(PLAN, SCENARIO, 1, 5, (H,))
    assert held.question is not None
    assert held.question.t_s - first.question.t_s == pytest.approx(600)
    over = deciding.play(PLAN, SCENARIO, 1, 5, (H, R))
    assert over.outcome is not None
    assert over.outcome.ended == "rolled_back"
    assert [one.answer for one in over.answered] == [H, R]


def test_what_was_seen_before_an_answer_does_not_depend_on_it() -> None:
    first = deciding.play(PLAN, SCENARIO, 1, 4, ())
    later = deciding.play(PLAN, SCENARIO, 1, 4, (R,))
    assert first.question is not None
    shown = [event for event in first.timeline.events if not event.hidden]
    assert [event for event in later.timeline.events if not event.hidden][: len(shown)] == shown
    assert later.timeline.scrapes[: len(first.timeline.scrapes)] == first.timeline.scrapes


def test_ten_are_the_same_for_a_link_and_about_half_are_faulty() -> None:
    ten = deciding.mix(SCENARIO, PLAN, 1)
    assert ten == deciding.mix(SCENARIO, PLAN, 1)
    assert len(set(ten)) == deciding.CHANGES
    counts = []
    for seed in range(6):
        labels = measure.faults_in(SCENARIO, seed, deciding.mix(SCENARIO, PLAN, seed))
        counts.append(int(np.sum(labels != "none")))
    assert all(deciding.FEWEST <= count <= deciding.MOST_FAULTY for count in counts)
    assert len(set(counts)) > 1                                 # nobody can count them out


def test_every_one_of_the_ten_comes_to_a_gate_also_where_a_test_catches_some() -> None:
    scenario = read("web_fleet")
    plan = scenario.plan("canary")
    for run in deciding.mix(scenario, plan, 2):
        assert deciding.play(plan, scenario, 2, run, ()).question is not None


def test_a_policy_without_a_gate_is_not_offered() -> None:
    assert list(deciding.deciders(SCENARIO)) == ["canary"]
    with pytest.raises(Impossible, match="no gate to stand at"):
        deciding.mix(SCENARIO, SCENARIO.plan("direct"), 1)


def test_the_rule_on_the_same_change_is_the_study_s_own_run() -> None:
    found = deciding.ends(PLAN, SCENARIO, 1, 4, (P, P))
    assert found is not None
    assert found.rule.outcome == measure.run(PLAN, SCENARIO, 1, 4)
    assert found.person.outcome == found.always.outcome         # both said promote


def test_a_score_counts_what_each_cost() -> None:
    def end(run: int, over_s: float, answers: tuple[Verdict, ...]) -> End:
        outcome = deciding.play(PLAN, SCENARIO, 1, run, answers).outcome
        assert outcome is not None
        return End(outcome, over_s)

    good, bad = (P, P), (R,)
    found = [
        Ends(end(5, 700, bad), end(5, 2400, good), end(5, 2400, good)),     # a false alarm: all of its time is lost
        Ends(end(13, 3000, good), end(13, 2500, good), end(13, 2400, good)),    # held for ten minutes
        Ends(end(4, 2400, good), end(4, 700, bad), end(4, 2400, good)),     # let through
    ]
    mine, rule = deciding.score(found, "person"), deciding.score(found, "rule")
    assert (mine.held_up_s, mine.false_alarms, mine.let_through) == (1300, 1, 1)
    assert (rule.held_up_s, rule.false_alarms, rule.let_through) == (100, 0, 0)
    assert mine.users_hit == found[2].person.outcome.users_hit > rule.users_hit
