"""Many runs -> tables, intervals and sentences. A study never sees SimPy: it asks an engine.

Import the file you need; this one imports nothing. What doors call:

compare.py       compare(scenario, *, policies=None, runs=1000, seed=1, jobs=None, only="all",
                         precision=None, on_progress=None, engine=None) -> Comparison
                 Comparison: scenario (the Scenario), sha256, seed, asked, runs, only, version,
                   seconds, tables {policy: Table}, skipped {policy: reason}, partial
                   .among("all" | "faulty" | "healthy") -> {policy: Table}
                 on_progress(done, total): runs finished over all policies, and the most there
                   can be; total falls to done when `precision` stops earlier
                 precision=(column, relative, floor), e.g. ("users_hit", 0.05, 1.0)
                 raises UnknownPolicy (nearest right word), Impossible (a named policy that this
                   fleet cannot run, with its reason), RunFailed (blocks.py: .policy .seed .run),
                   WorkerDied (workers.py), ValueError. Ctrl-C does not raise: partial=True
tables.py        Table: table[column] -> array of len(table) elements in order of run number;
                   numbers and flags float64 (NaN: no value in that run), words and "fault" str;
                   .runs (run numbers), .faulty (mask), .pick(mask) -> Table, .count(column, word)
summary.py       summary(comparison) -> the JSON object, plain dicts and lists
                 column_summary(table, column) -> what that object holds for one column
                 differences(comparison, among="all"), duels(comparison, column="cost")
estimate.py      Interval(low, mean, high), Mean(mean, low, high, n), Moments(n, mean, squares);
                   mean_of, paired_difference, bonferroni, relative_reduction,
                   gain_of_common_numbers
shares.py        Share(share, low, high, n); share_of(hits, n), share_of_flags, beats(a, b)
quantiles.py     Quantile(value, low, high, n); quantile_of(values, q), fewest_runs(q), ranks
stopping.py      Precision(column, relative, floor); precise(moments, precision)
by_fault.py      by_fault(comparison) -> {fault: {policy: Caught}}; caught(table) -> Caught
                 Caught(before_users, by_gate, later, never: a Share each), .n
notable.py       notable(comparison) -> {policy: Notable(worst, median) | None}: run numbers, of
                   faulty changes only; None where there is none
finding.py       finding(comparison) -> the result in one sentence, with its interval
spread.py        spread_over_time(comparison, *, most=60, engine=None) -> {policy: Spread}
                 Spread(t_s, median, low, high, n): share of requests that go to the new version
                   on faulty changes
rows.py          header(), rows(comparison) -> iterator of lists of str; csv_text(comparison);
                   write_csv(comparison, path)
grid.py          read(scenario, settings, lhs=None, seed=1, runs=1000) -> Grid (axes, points); axes.py reads
                   `path=1%..25%:log:8`, `a,b,c` and tied fields, or refuses them
sweep.py         sweep(grid, policies=None, runs=1000, seed=1, jobs=None, store=None, on_progress=None)
                   -> Sweep, a context; .comparisons() -> (Point, Comparison) of every point. Resumable
                   from `store` (store.py: OtherStudy, InUse; chunks.py: the bytes of a chunk)
sweep_table.py   header(sweep), rows(sweep), write_csv(sweep, path), as_json(sweep)
winners.py       winners(grid of two axes, ...) -> Map: the cheapest policy of every cell, each decided at 95 %
                   or not (race.py; best.py: Best(policy, decided, runner_up, behind, means)); map_table.py as
                   CSV, map_finding.py: sentences(map)
advice.py        advise(tree, policies=None, runs=1000, ...) -> Advice; advice_text.py: sentences(advice)
front.py         front(grid, policy, risk="outage_cost", ...) -> Front of Settings, each with its standing
sensitivity.py   screen(tree, a, b=None, column="cost", ranges=(), ...) -> Sensitivity (indices.py: Morris, Sobol)
importance.py    costs_at(tables, made_at, importance): the costs of the same runs at another importance
select.py        kim_nelson(observe, policies, delta) -> Selected; ocba(means, deviations, total)
files.py         write_whole(path, chunks of str or bytes); CannotWrite (an OSError; its text is
                   ready to print): the old file stays whole when the new one cannot be written
expectations.py  read_claim("canary.faulty.users_hit.p50 < 2k", policies) -> Claim, or ValueError
                   with the nearest right word; check(claim, comparison) -> Checked(claim, value,
                   passed, reason); replay(comparison) -> [Replayed(expectation, simulated, n,
                   met, reason)] for the scenario's own `expect:` rows
parquet.py       write_parquet(header, rows, path, about): the rows of rows.py or sweep_table.py, typed
growing.py       Growing: a table that grows by tables; long ones are on disk, and read column by column
identity.py      scenario_sha256(scenario)
blocks.py        the unit of work, and what an engine must offer; workers.py: here or elsewhere
cluster.py       Cluster(address), which goes wherever `jobs` does; NoCluster, and Lost in mid-study
verify           theory against simulation, independent of the rest

Figures, one floor down: `sim.figures.comparison.save(comparison, path, spread)` writes .png, .svg
or .pdf; `draw(comparison, spread)` gives the matplotlib Figure; colours: `sim.figures.palette`.
"""
