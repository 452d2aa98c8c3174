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
# # 5. How long should canaries be watched? Solutions

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

SEED, RUNS = 1, 150
SETTINGS = ("horizon=6h", "policies.canary.watch_after=0s")
LEAK = "change.one_of=[{fault: leak, chance: 100%, errors: 20%, after: {median: 30m, p95: 60m}}]"
BAKES = ("10m", "15m", "20m", "30m")

# %% [markdown]
# ## Exercise 1
#
# The judge needs the first server that falls ill. Of twenty the first is ill sooner than of five, so a shorter bake
# is enough.
# But each of them carries more users into the experiment.

# %%
found = {
    (count, bake): lab.compare(
        lab.load("web_fleet", *SETTINGS, LEAK, f"policies.canary.bake={bake}", f"policies.canary.canaries={count}"),
        ["canary"], runs=60, seed=SEED,
    ).caught("canary", "leak")["by a gate"]
    for count in ("5", "20") for bake in BAKES
}
lab.curves(
    "Twenty canaries find the leak sooner than five", "length of the bake",
    {"Leaks found by the canaries": {
        f"{count} canaries": {bake: found[count, bake] for bake in BAKES} for count in ("5", "20")
    }},
)

# %%
enough = {count: next(bake for bake in BAKES if found[count, bake].value > 0.9) for count in ("5", "20")}
print("Nine leaks in ten are found by a bake of", enough)
assert int(enough["20"][:-1]) < int(enough["5"][:-1])

# %% [markdown]
# ## Exercise 2
#
# Faults are rare, and every change waits. So at some price of waiting the short bake wins.

# %%
costs = {}
for price in (200, 20_000, 200_000):
    at = {
        bake: lab.compare(
            lab.load("web_fleet", *SETTINGS, f"policies.canary.bake={bake}", f"service.cost.per_day_of_delay={price}"),
            ["canary"], runs=300, seed=SEED,
        )
        for bake in ("10m", "1h")
    }
    costs[price] = lab.difference(at["1h"], at["10m"], "canary", "cost", "all")
    print(f"Delay at {price:,} a day: a bake of 1h costs {costs[price]} more than one of 10m")
assert costs[200].value < 0
assert costs[200_000].low > 0

# %% [markdown]
# ## Exercise 3
#
# One way out: go on with a few servers at a time and keep watching. `waves` does that: each wave is a longer look at
# more servers, so a slow fault has reached few when it shows.

# %%
slow_leak = LEAK.replace("30m", "3h").replace("60m", "8h")
judge = "judge: {judge: threshold, above: 2%, consecutive: 2}"
policies = (
    f"policies={{canary: {{strategy: canary, canaries: 5%, bake: 1h, batch: 5 every 1m, {judge}}}, "
    f"waves: {{strategy: waves, first: 5, growth: 2, bake: 1h, batch: 33% every 1m, {judge}}}}}"
)
fleet = lab.load("web_fleet", "horizon=14h", slow_leak, policies)
study = lab.compare(fleet, ["canary", "waves"], runs=40, seed=SEED)
for policy in study.policies:
    print(policy, study.mean(policy, "users_hit", fault="leak"))
assert study.difference("waves", "canary", "users_hit", fault="leak").high < 0
