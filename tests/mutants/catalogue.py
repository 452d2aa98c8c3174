"""The mutants. Each is a mistake that somebody could really make, and names the test that knows better."""

from tests.mutants.harness import Mutant

ROLLOUTS = "tests/engine/test_rollouts.py::test_"
THRESHOLD = "tests/judges/test_threshold.py::test_"

MUTANTS = (
    # the door for notebooks
    Mutant(
        "sim/lab/study.py",
        "table = table.pick(carriers(table, known(fault, self.faults)))",
        "known(fault, self.faults)",
        "tests/lab/test_lab.py::test_means_are_those_of_the_runs",
    ),
    Mutant(
        "sim/lab/study.py",
        "first, second = a._table(policy, among, None), b._table(of or policy, among, None)",
        "first, second = a._table(policy, among, None), b._table(policy, among, None)",
        "tests/lab/test_lab.py::test_two_studies_are_compared_only_on_the_same_changes",
    ),
    Mutant(
        "sim/lab/answer.py",
        "self.high is not None and self.low <= guess <= self.high",
        "self.high is not None and self.low <= guess",
        "tests/lab/test_lab.py::test_a_guess_is_measured_against_the_interval[0.9-less than you thought]",
    ),
    # memory
    Mutant(
        "sim/measure.py",
        "    gc.collect(1)                      # what",
        "    pass                               # what",
        "tests/engine/test_prepared_memory.py::test_what_was_dead_before_a_study_does_not_outlive_it",
    ),
    Mutant(
        "sim/engine/run.py",
        "        old.forget()\n",
        "        pass\n",
        "tests/engine/test_prepared_memory.py::test_studies_leave_no_circles_that_only_a_full_collection_finds[40]",
    ),
    # gates
    Mutant(
        "sim/engine/conductor.py",
        "ends = min((int(self.env.now) // scrape + 1) * scrape, gives_up)",
        "ends = min(int(self.env.now) + scrape, gives_up)",
        "tests/engine/test_rollouts.py::test_a_gate_on_hold_passes_at_the_first_good_scrape_after_its_bake",
    ),
    # what is told
    Mutant(
        "sim/engine/run.py",
        "self._told = min(self._told, fleet.ejected)",
        "self._told = fleet.ejected",
        "tests/engine/test_conservation.py::test_health_checks_put_nobody_back_whom_they_did_not_put_out[flapping]",
    ),
    # curves of judges
    Mutant(
        "sim/study/gate.py",
        "if ruling.said[k] is Verdict.PROMOTE and mark > 0:",
        "if ruling.said[k] is not Verdict.ROLL_BACK and mark > 0:",
        "tests/study/test_gate.py::test_a_gate_that_is_still_on_hold_gives_up_in_the_way_it_was_told",
    ),
    Mutant(
        "sim/study/choice.py",
        '"yes" if wrong.high <= false else',
        '"yes" if (wrong.share or 0) <= false else',
        "tests/study/test_choice.py::test_false_alarms_are_judged_by_their_interval",
    ),
    Mutant(
        "sim/theory/varying.py",
        "    rows[0] = calm\n",
        "    rows[0] = rows[0] * (1 - q)\n",
        "tests/theory/test_varying.py::test_unequal_chances_give_what_all_courses_add_up_to",
    ),
    Mutant(
        "sim/study/exact_power.py",
        "widths = np.minimum(ends, post.scrape_s)",
        "widths = np.full(len(ends), 1.3 * post.scrape_s)",
        "tests/study/test_size.py::test_the_exact_course_is_the_simulated_one",
    ),
    Mutant(
        "sim/study/size_reason.py",
        "work.post(made.rows[-1].canaries, faulty).without_blips()",
        "work.post(made.rows[-1].canaries, faulty)",
        "tests/study/test_size.py::test_an_onset_after_the_bake_is_told_with_the_share_that_met_it",
    ),
    # who may still be the best, and rare chances
    Mutant(
        "sim/study/race.py",
        "if name == leader or not _beaten(",
        "if name == leader or _beaten(",
        "tests/study/test_winners.py::test_what_is_out_stays_out_and_needs_no_more_runs",
    ),
    Mutant(
        "sim/study/race.py",
        "(look * (look + 1))",
        "(look * look)",
        "tests/study/test_winners.py::test_all_looks_together_spend_what_one_may",
    ),
    Mutant(
        "sim/study/estimate.py",
        "    if skewness >= 0:\n",
        "    if skewness >= -1e9:\n",
        "tests/study/test_winners.py::test_a_best_without_disasters_is_not_put_out_by_those_that_had_none_yet",
    ),
    Mutant(
        "sim/study/rare.py",
        "counts * math.log(mean / towards) + towards - mean",
        "counts * math.log(mean / towards)",
        "tests/study/test_rare.py::test_few_of_a_poisson_count",
    ),
    # judges
    Mutant(
        "sim/judges/sprt.py",
        "sprt.design(self.p0, self.p1, self.alpha, self.beta))",
        "sprt.design(self.p0, self.p1, self.beta, self.alpha))",
        "tests/judges/test_sprt.py::test_one_request_a_scrape_is_the_exact_course",
    ),
    Mutant(
        "sim/judges/cusum.py",
        "since, since_bad, base, above = 0, 0, 0.0, 0.0",
        "since, since_bad, base, above = 0, 0, base, 0.0",
        "tests/judges/test_cusum.py::test_the_head_start_lasts_until_the_sum_is_back_at_zero",
    ),
    Mutant(
        "sim/judges/always_valid.py",
        "null += bad * math.log(mine / both) + other * math.log1p(-mine / both)",
        "null += other * math.log(mine / both) + bad * math.log1p(-mine / both)",
        "tests/judges/test_always_valid.py::test_it_rolls_back_where_the_published_factor_passes_one_in_alpha",
    ),
    Mutant(
        "sim/judges/fisher.py",
        "final=worse or state.every == 0)",
        "final=worse)",
        "tests/judges/test_fisher.py::test_one_look_at_its_time_and_its_verdict_stands",
    ),
    Mutant(
        "sim/judges/kayenta/classification.py",
        "asked.tolerance * abs(shift.estimate) if",
        "asked.tolerance * abs(shift.estimate) / 9 if",
        "tests/judges/test_kayenta.py::test_normal_data_differ_as_often_as_was_measured",
    ),
    Mutant(
        "sim/judges/vote.py",
        "return self.weight * self.decay ** (self.scrapes - self.since)",
        "return self.weight",
        "tests/judges/test_vote.py::test_a_vote_loses_half_its_weight_in_its_half_life",
    ),
    Mutant(
        "sim/judges/threshold.py",
        "over = failed > self.total or",
        "over = failed >= self.total or",
        THRESHOLD + "argo_fails_when_failures_exceed_the_limit",
    ),
    Mutant(
        "sim/judges/threshold.py",
        "if failed >= self.cumulative:\n",
        "if failed + 1 >= self.cumulative:\n",
        THRESHOLD + "flagger_acts_one_check_after_its_last_failed_one_whatever_that_check_says",
    ),
    Mutant(
        "sim/judges/threshold.py",
        "failed = failed + 1 if breach else 0",
        "failed = failed + 1 if breach else failed",
        THRESHOLD + "breaches_in_a_row_have_the_chain_s_distribution",
    ),
    Mutant(
        "sim/judges/kth_failure.py",
        "if seen[1] >= self.failures:",
        "if seen[1] > self.failures:",
        "tests/judges/test_kth_failure.py::test_it_alarms_at_the_kth_failure_and_not_before",
    ),
    # what a monitor sees
    Mutant(
        "sim/engine/monitor.py",
        "np.where(self._gone(edges[1:])[:, None], 0, seen)",
        "np.where(self._gone(edges[1:]).any(), 0, seen)",
        "tests/engine/test_scrapes.py::test_each_scrape_is_missing_with_its_chance_and_the_same_ones_under_every_policy",
    ),
    Mutant(
        "sim/engine/monitor.py",
        "past = self.history.windows(first, first + (count or 1))",
        "past = self.history.windows(0, count or 1)",
        "tests/engine/test_equality.py::test_a_run_is_the_same_however_it_is_done[none]",
    ),
    Mutant(
        "sim/engine/scrapes.py",
        "edges = -step * np.arange(first, last + 1, dtype=float)",
        "edges = -step * np.arange(0, last + 1 - first, dtype=float)",
        "tests/engine/test_scrapes.py::test_what_was_before_follows_the_profile_and_does_not_depend_on_who_asks_first",
    ),
    Mutant(
        "sim/engine/fleet_state.py",
        "ill += change * (move.times.searchsorted(times, side=\"right\") - move.count(since))",
        "ill += change",
        "tests/engine/test_scrapes.py::test_a_fault_blinds_only_while_somebody_has_it",
    ),
    Mutant(
        "sim/judges/base.py",
        "            return evidence.whole\n",
        "            return evidence.control\n",
        "tests/engine/test_scrapes.py::test_the_canary_dilutes_its_own_baseline",
    ),
    # servers that differ
    Mutant(
        "sim/engine/differ.py",
        "self._shape = 1.0 / spread**2",
        "self._shape = 1.0 / spread",
        "tests/engine/test_differ.py::test_factors_are_gamma_with_mean_one_and_their_spread",
    ),
    Mutant(
        "sim/engine/differ.py",
        "factors = parts * (self._totals[block] / parts.sum())",
        "factors = parts / self._shape",
        "tests/engine/test_differ.py::test_what_was_asked_before_changes_nothing_and_totals_are_sums",
    ),
    Mutant(
        "sim/engine/differ.py",
        "np.minimum(1.0, chance * factors.of(servers))",
        "chance * factors.of(servers)",
        "tests/engine/test_differ.py::test_a_chance_stays_a_chance",
    ),
    Mutant(
        "sim/engine/serving.py",
        "self._without_at(traffic, blip, chances[0]) if chances else",
        "self.without(traffic, blip) if chances else",
        "tests/engine/test_differ.py::test_a_healthy_change_harms_nobody_on_however_bad_a_server",
    ),
    Mutant(
        "sim/engine/illness.py",
        "self._moments = np.concatenate([[0.0], np.cumsum(weights * move.times)])",
        "self._moments = np.concatenate([[0.0], np.cumsum(1.0 * move.times)])",
        "tests/engine/test_differ.py::test_who_falls_ill_one_by_one_counts_for_what_he_is",
    ),
    Mutant(
        "sim/engine/run.py",
        "base=differing.mean_base() if differing else None",
        "base=None",
        "tests/engine/test_conservation.py::test_every_request_falls_into_one_class_and_none_is_lost",
    ),
    # strategies
    Mutant(
        "sim/strategies/canary.py",
        "control = min(few, n - few) if self.control else 0",
        "control = 0",
        "tests/strategies/test_plans.py::test_the_control_is_as_large_as_the_canaries_if_so_many_are_left",
    ),
    Mutant(
        "sim/strategies/base.py",
        "FULLEST = 0.9",
        "FULLEST = 0.99",
        "tests/strategies/test_every_strategy.py::test_a_reinstall_leaves_utilisation_at_ninety_percent_where_it_can",
    ),
    Mutant(
        "sim/model/terms.py",
        "wanted = self.count if self.count is not None else math.ceil(",
        "wanted = self.count if self.count is not None else math.floor(",
        "tests/strategies/test_plans.py::test_canaries_round_up_at_least_one_and_leave_at_least_one",
    ),
    # the clock and the streams
    Mutant(
        "sim/engine/clock.py",
        "SCRAPE, UNDO, BACK, STEP, OTHER, TOLD, END =",
        "STEP, UNDO, BACK, SCRAPE, OTHER, TOLD, END =",
        ROLLOUTS + "a_judge_is_asked_at_the_very_end_of_the_bake_too",
    ),
    Mutant(
        "sim/engine/streams.py",
        "np.array((0, 0, part, run), dtype=np.uint64)",
        "np.array((0, 0, part, 0), dtype=np.uint64)",
        "tests/engine/test_streams.py::test_seed_run_purpose_and_name_each_make_another_stream",
    ),
    Mutant(
        "sim/engine/streams.py",
        "_POOLS.depth = self._depth + 1",
        "_POOLS.depth = self._depth",
        "tests/engine/test_streams.py::test_a_run_inside_a_run_leaves_the_outer_one_alone",
    ),
    # serving and harm
    Mutant(
        "sim/engine/serving.py",
        "overload = max(0.0, 1 - 1 / utilisation)",
        "overload = 0.0",
        ROLLOUTS + "servers_out_for_their_install_leave_their_load_to_the_others",
    ),
    Mutant(
        "sim/engine/fleet_state.py",
        "room = math.floor(balancer.max_ejected * registered + 1e-9)",
        "room = registered",
        ROLLOUTS + "the_balancer_ejects_at_most_its_share_and_fails_open_in_a_panic",
    ),
    Mutant(
        "sim/engine/serving.py",
        "caused = max(0.0, failed - without.failed)",
        "caused = failed",
        ROLLOUTS + "harm_is_only_what_the_rollout_did",
    ),
    Mutant(
        "sim/engine/conditions.py",
        "loads.append(sent * weight / new[side] if cell.group == NEW",
        "loads.append(sent / (new[side] + old[side]) if cell.group == NEW",
        ROLLOUTS + "a_router_s_weight_is_exact",
    ),
    Mutant(
        "sim/engine/illness.py",
        "(balancer.fall - 1) * step",
        "balancer.fall * step",
        "tests/engine/test_illness.py::test_a_crashed_server_goes_at_its_third_failed_probe",
    ),
    Mutant(
        "sim/engine/illness.py",
        "until = (k - first) * end - (sums[k] - sums[first])",
        "until = k * end - sums[k]",
        "tests/engine/test_illness.py::test_areas_are_what_counting_unit_by_unit_gives",
    ),
    Mutant(
        "sim/engine/crowd.py",
        "return max(1, min(drawn, users, count))",
        "return drawn + 1",
        "tests/engine/test_crowd.py::test_never_more_than_users_or_harmed_requests",
    ),
    Mutant(
        "sim/engine/crowd.py",
        "mean, spread = occupancy_mean(users, count), math.sqrt(occupancy_variance(users, count))",
        "mean, spread = occupancy_mean(users, count), 0.0",
        "tests/engine/test_crowd.py::test_occupancy_on_both_sides_of_the_switch",
    ),
    # installs
    Mutant(
        "sim/engine/install.py",
        "(self._rise - 1) * self._probe\n\n    def _up_new",
        "self._rise * self._probe\n\n    def _up_new",
        ROLLOUTS + "a_healthy_canary_passes_gate_by_gate",
    ),
    Mutant(
        "sim/engine/install.py",
        "middle = min(max(first, kept), last)",
        "middle = last",
        ROLLOUTS + "servers_that_silently_keep_the_old_version_do_not_show_the_fault",
    ),
    Mutant(
        "sim/engine/install.py",
        "if prepared.out == 0:\n            world.settle(now)",
        "if False:\n            world.settle(now)",
        ROLLOUTS + "a_change_without_restart_takes_nobody_out_of_rotation",
    ),
    # the conductor
    Mutant(
        "sim/engine/conductor.py",
        "            if step.wait:\n",
        "            if True:\n",
        ROLLOUTS + "only_direct_starts_batches_without_waiting",
    ),
    Mutant(
        "sim/engine/conductor.py",
        "if self._failed > self._scenario.change.install.max_failed_installs:",
        "if self._failed >= self._scenario.change.install.max_failed_installs:",
        ROLLOUTS + "as_many_failed_installs_as_allowed_do_not_stop_it",
    ),
    Mutant(
        "sim/engine/conductor.py",
        "            if self._paged:\n                yield self.env.event()\n            begun",
        "            begun",
        ROLLOUTS + "alerts_page_people_and_no_new_batch_starts",
    ),
    Mutant(
        "sim/engine/conductor.py",
        "if deadline is not None and self._touched is not None and now - self._touched > us(deadline):",
        "if deadline is not None and self._touched is not None and now - self._touched > 9 * us(deadline):",
        ROLLOUTS + "what_was_shut_down_and_deleted_cannot_be_started_again",
    ),
    Mutant(
        "sim/engine/conductor.py",
        "gives_up = ends + longest",
        "gives_up = ends + 2 * longest",
        ROLLOUTS + "no_evidence_holds_until_it_gives_up",
    ),
    # the undo
    Mutant(
        "sim/engine/undo.py",
        'withdraw=undo.way == "withdraw"',
        "withdraw=False",
        ROLLOUTS + "canaries_leave_at_once_whatever_must_stay_in_rotation",
    ),
    Mutant(
        "sim/engine/undo.py",
        "            yield from self._idle(production)\n            yield from self._swap_back(undo)",
        "            yield from self._swap_back(undo)\n            yield from self._idle(production)",
        ROLLOUTS + "once_the_other_side_is_touched_the_way_back_takes_an_install",
    ),
    Mutant(
        "sim/engine/undo.py",
        "- self._world.prepared.plan.min_in_rotation)",
        "- 0)",
        ROLLOUTS + "a_reinstall_leaves_enough_servers_in_rotation",
    ),
    # watching
    Mutant(
        "sim/engine/monitor.py",
        'gate.waiting = gate.on == "new" and not self._world.flows.has_new',
        "gate.waiting = False",
        "tests/engine/test_rollouts.py::test_missing_data_of_a_group_that_does_not_exist_yet_is_no_failed_check",
    ),
    Mutant(
        "sim/engine/monitor.py",
        "            if calm == 0:\n                return now\n",
        "            calm = max(calm, 1)\n",
        "tests/engine/test_equality.py::test_a_run_is_the_same_however_it_is_done[leak]",
    ),
    Mutant(
        "sim/engine/quiet.py",
        "if calm < last - first or (watch.asked and verdict is not Verdict.PROMOTE):",
        "if False:",
        "tests/engine/test_quiet.py::test_a_noisy_judge_sends_runs_back_to_the_plain_way",
    ),
    Mutant(
        "sim/engine/quiet.py",
        "totals[flows.kinds[chosen]] += 1",
        "pass",
        "tests/engine/test_quiet.py::test_replayed_and_stepped_runs_are_equal_to_the_byte",
    ),
    Mutant(
        "sim/engine/world.py",
        "        self._marked = 0\n",
        "        self._marked = 2**62\n",
        ROLLOUTS + "servers_that_silently_keep_the_old_version_do_not_show_the_fault",
    ),
    Mutant(
        "sim/engine/fleet_state.py",
        "hit[first:last] |= (ill <= now - slack) & (until > since)",
        "hit[first:last] |= ill <= now",
        "tests/engine/test_rollouts.py::test_a_server_ill_for_less_than_a_second_is_not_hit",
    ),
    # people and surroundings
    Mutant(
        "sim/engine/people.py",
        "acknowledged = paged + us(opens + acknowledge)",
        "acknowledged = paged + us(acknowledge)",
        "tests/engine/test_surroundings.py::test_outside_office_hours_a_page_waits_for_the_morning",
    ),
    Mutant(
        "sim/engine/trial.py",
        "if seen < -math.expm1(-wanted) and found is None:",
        "if False:",
        ROLLOUTS + "a_test_run_stops_the_change_before_anybody_meets_it",
    ),
    # measuring and inferring
    Mutant(
        "sim/measure.py",
        "caught_before_users=faulty and story.true_alarm and harmed == 0,",
        "caught_before_users=faulty and story.true_alarm,",
        "tests/engine/test_rollouts.py::test_what_users_met_was_not_caught_before_them",
    ),
    Mutant(
        "sim/study/expectations.py",
        "return not self.met and self.expectation.role != \"beyond\"",
        "return not self.met",
        "tests/doors/test_compare.py::test_what_is_beyond_the_model_is_printed_with_the_reason_and_fails_nothing",
    ),
    Mutant(
        "sim/study/estimate.py",
        "math.sqrt(self.squares / (self.n - 1))",
        "math.sqrt(self.squares / self.n)",
        "tests/study/test_estimate.py::test_a_mean_has_scipys_t_interval_over_the_runs_with_a_value",
    ),
    Mutant(
        "sim/study/estimate.py",
        "return 1 - (1 - checked_confidence(confidence)) / comparisons",
        "return checked_confidence(confidence)",
        "tests/study/test_estimate.py::test_bonferroni_intervals_hold_together",
    ),
    Mutant(
        "sim/study/stopping.py",
        "precision.relative / (1 + precision.relative)",
        "precision.relative",
        "tests/study/test_stopping.py::test_law_asks_for_a_little_more_than_the_half_width",
    ),
    # many runs, wherever they are done
    Mutant(
        "sim/study/sweep.py",
        "todo = (swept.given(chunk) for chunk in chunks() if chunk not in swept.shelf)",
        "todo = (swept.given(chunk) for chunk in chunks())",
        "tests/study/test_sweep.py::test_a_finished_store_computes_nothing",
    ),
    Mutant(
        "sim/study/cluster.py",
        "        if theirs == mine:\n",
        "        if theirs == mine or name == 'code':\n",
        "tests/study/test_cluster.py::test_every_difference_that_may_change_a_number_is_refused",
    ),
    Mutant(
        "sim/study/workers.py",
        "todo.back(task for task in in_hand.values() if deaths[task] < TRIES - 1)",
        "todo.back(task for task in in_hand.values() if deaths[task] < TRIES - 2)",
        "tests/study/test_cluster.py::test_a_task_may_take_two_workers_with_it_and_every_other_is_done_once",
    ),
    Mutant(
        "sim/study/growing.py",
        "self._arrays = dict(Table.empty().stored)              # not the old ones",
        "pass              # not the old ones",
        "tests/study/test_growing.py::test_a_table_does_not_change_when_more_is_appended",
    ),
    # closed forms
    Mutant(
        "sim/theory/queueing.py",
        "slow = math.exp(-x) + _erlang_c(workers, load)",
        "slow = math.exp(-x) + 1.05 * _erlang_c(workers, load)",
        "tests/theory/test_queueing.py",
    ),
    Mutant(
        "sim/theory/users.py",
        "return -users * math.expm1(failures * math.log1p(-1.0 / users))",
        "return -1.05 * users * math.expm1(failures * math.log1p(-1.0 / users))",
        "tests/theory/test_users.py",
    ),
    # lessons and decisions
    Mutant(
        "sim/study/deciding.py",
        "max(0.0, end.over_s - one.always.over_s) if kept else end.over_s",
        "max(0.0, end.over_s - one.always.over_s)",
        "tests/study/test_deciding.py::test_a_score_counts_what_each_cost",
    ),
    Mutant(
        "sim/study/deciding.py",
        "if len(kind) < most and play(plan, scenario, seed, run, ()).question is not None:",
        "if len(kind) < most:",
        "tests/study/test_deciding.py::test_every_one_of_the_ten_comes_to_a_gate_also_where_a_test_catches_some",
    ),
    Mutant(
        "sim/intake/formula.py",
        "made = Formula(words.pop(0), made, _product(words, depth))",
        "made = Formula(words.pop(0), made, _sum(words, depth))",
        "tests/intake/test_lesson.py::test_a_formula_is_worked_out_as_at_school",
    ),
    Mutant(
        "sim/study/lesson.py",
        "counts &= table.faulty if said.among == \"faulty\" else ~table.faulty",
        "counts &= ~table.faulty if said.among == \"faulty\" else table.faulty",
        "tests/study/test_lessons.py::test_the_interval_of_a_sum_is_that_of_its_runs",
    ),
    # the app's desk, form and links
    Mutant(
        "sim/study/desk.py",
        "for refine in (False, True):",
        "for refine in (True,):",
        "tests/study/test_desk.py::test_a_first_answer_goes_before_all_refinements",
    ),
    Mutant(
        "sim/study/desk.py",
        "key=lambda one: one.served)",
        "key=lambda one: 0)",
        "tests/study/test_desk.py::test_visitors_take_turns",
    ),
    Mutant(
        "sim/intake/form.py",
        "if key in keys and key != name}",
        "}",
        "tests/intake/test_form.py::test_another_kind_keeps_what_both_know",
    ),
    Mutant(
        "sim/intake/link.py",
        "if len(plain) > LARGEST:",
        "if False:",
        "tests/intake/test_link.py::test_a_link_cannot_blow_up",
    ),
)
