"""Closed forms and exact solutions: what must come out, without simulating.

Pure functions of plain numbers, seconds and shares inside; used by judges, `verify`, screens and
tests. Import the file you need (`from sim.theory import queueing`); this one imports nothing, and
SciPy is only loaded by the first call that needs it.

    bounds        what is refused, said in one way
    tails         Poisson and binomial tails; the largest count that is not above a limit
    breach        q: chance that one look is a breach (binomial, Poisson, a scrape's own counts)
    counters      N in a row, k in all, Flagger's and Argo's versions; probes until ejection
    kth_failure   alarm at the k-th failure: delay, miss, false alarm, harm, and with scrapes
    burn_rate     alerts on the error budget: delay, price, false fire, on a scrape grid
    exposure      requests that meet a fault: canary, direct, waves; reports as the alarm
    power         is the canary large enough: misses, requests needed, partial faults
    escape        why tests miss faults
    budget        error budget spent
    users         distinct users hit; occupancy
    swap          leases, drains, a swap and the way back
    queueing      Erlang B and C, waits, `response_tail` (the engine's), overload
    capacity      M/M/c/K, k of n, repair, spares
    retries       amplification, throttling, metastable overload

and the theory of the judges that weigh evidence:

    sprt          Wald's test: boundaries, operating characteristic, exact by lattice
    cusum         run lengths of cumulative sums
    sequential    evidence that may be looked at as often as one likes
    confidence_sequence   limits that a sum stays inside at all times at once
    fisher        two shares compared once, exactly
    mann_whitney  two samples compared by ranks
"""
