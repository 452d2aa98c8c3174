# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7. How much room does an update need?
#
# Notebook 6 ended with the good changes: they take servers out of service as well, for as long as their install
# takes.
#
# An update of the operating system takes a server out for twenty minutes. One after the other takes days in a large
# fleet. So we take several at once. How many are too many?

# %%
# Set-up. Where Coalmine is missing it is installed from the checkout around this notebook. In Colab there is none:
# put the address of your copy here, as pip takes it ("git+https://...").
COPY = ""
try:
    from sim import lab
except ImportError:
    import subprocess
    import sys
    from pathlib import Path

    here = Path.cwd().resolve()
    found = [str(folder) for folder in (here, *here.parents) if (folder / "sim" / "lab").is_dir()]
    assert COPY or found, "no checkout of Coalmine around this notebook: say in COPY where yours is"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", COPY or found[0]], check=True)
    from sim import lab

SEED, RUNS = 1, 20
BATCHES = (10, 20, 30, 35, 37, 38, 40, 50)
GOOD = "change={kind: os_update, per_month: 1, one_of: [{fault: none, chance: 100%}]}"
DAY = 'service.traffic.profile={"00:00": 40%, "08:00": 100%, "22:00": 60%}'
fleets = {
    batch: lab.load("web_fleet", GOOD, DAY, "start=Mon 10:00", "horizon=8h",
                    f"policies={{update: {{strategy: rolling, batch: {batch} every 0s}}}}")
    for batch in BATCHES
}
servers = fleets[10].fleet.production
capacity = servers.workers / servers.service_time
print(f"{servers.servers} servers, each good for {capacity:.0f} requests a second; "
      f"{fleets[10].service.traffic.rate:,.0f} a second arrive in the day.")

# %% [markdown]
# ## Predict
#
# Every change in this lesson is good. Nothing is wrong with it but that servers are away.
#
# **How many of the servers may be out at the same time, at ten in the morning, before the first request fails?** The
# numbers above are enough to work it out.

# %%
guess = 20

# %% [markdown]
# ## Run

# %%
studies = {batch: lab.compare(fleet, ["update"], runs=RUNS, seed=SEED) for batch, fleet in fleets.items()}
failed = {str(batch): study.mean("update", "failed_requests", "healthy") for batch, study in studies.items()}
slow = {str(batch): study.mean("update", "slow_requests", "healthy") for batch, study in studies.items()}
hours = {
    str(batch): lab.Answer(seconds / 3600 if seconds is not None else None, None, None, "", RUNS)
    for batch, seconds in ((b, s.mean("update", "lead_time_s", "healthy").value) for b, s in studies.items())
}
most = max(batch for batch in BATCHES if failed[str(batch)].value == 0)
lab.curves(
    f"Up to {most} of {servers.servers} servers may be out in the day; users feel it much sooner",
    "servers updated at once",
    {
        "Failed requests": {"failed": failed},
        "Slow requests": {"slow": slow},
        "Hours until all are updated": {"update": hours},
    },
)

# %% [markdown]
# Three things happen one after the other, from left to right: first nothing, then requests are slow, then they fail.
# Where the lowest line ends, the update did not get through at all. Somebody was woken by the failures and took it
# back, though nothing was wrong with it.
#
# ## The answer

# %%
needed = fleets[10].service.traffic.rate / capacity
print(f"By arithmetic {needed:.1f} servers carry the day, so {int(servers.servers - needed)} may be out.")
print(f"In the simulation {most} may be out. One size more, and this many requests fail:",
      failed[str(next(batch for batch in BATCHES if batch > most))])
print(f"Slow requests at {most}:", slow[str(most)], "and at 10:", slow["10"])
print(f"You said {guess}.")

# %% [markdown]
# The room for an update is what is left at the *peak of the time in which it runs*. A bigger batch is quicker, and
# safe at night, and an outage at noon.
#
# **What this leaves open:** we have a test, a standby, canaries, bakes, judges and batches. All have a price. Which
# of them does a service *need*? Notebook 8 draws the map.
#
# ## Exercises
#
# 1. Begin at night (`"start=Mon 01:00"`). What is the largest batch now? Which other thing must you look at besides
#    failed requests?
# 2. Buy twenty more servers (`"fleet.production.servers=120"`). How many may be out now? What do these spares cost in
#    a month, at the scenario's price?
# 3. *Open.* Your promise counts slow requests as bad (`"service.objective.slow_counts=true"`). Choose a batch for the
#    day so that one update spends less than a thousandth of the month's error budget.

# %%
# Your own cells go here.
