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
# # 2. What does a test environment find, and what does it miss? Solutions

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

SEED, RUNS = 1, 600
study = lab.compare(lab.load("web_fleet"), ["test_first"], runs=RUNS, seed=SEED, only="faulty")

# %% [markdown]
# ## Exercise 1
#
# Patience finds what needs time, and nothing else. The leak shows within the hour. The others are as hidden as
# before.

# %%
hour = lab.compare(lab.load("web_fleet", "policies.test_first.test.for=60m", "horizon=4h"), ["test_first"],
                   runs=RUNS, seed=SEED, only="faulty")
for fault in study.faults:
    print(f"{fault:15}", study.caught("test_first", fault)["before users"].said, "->",
          hour.caught("test_first", fault)["before users"].said)
assert hour.caught("test_first", "leak")["before users"].low > study.caught("test_first", "leak")["before users"].high
for fault in ("errors", "slow", "some_servers", "corruption"):
    assert hour.caught("test_first", fault)["before users"] == study.caught("test_first", fault)["before users"]

# %% [markdown]
# ## Exercise 2
#
# Nothing. The test already sends thousands of requests, so a fault that it can show, it shows.
# A fault that it cannot show stays hidden from the same test however often it is repeated: the test data lacks what
# would set it off.

# %%
harder = lab.compare(lab.load("web_fleet", "policies.test_first.test.rate=30/s"), ["test_first"],
                     runs=RUNS, seed=SEED, only="faulty")
print(harder.caught("test_first")["before users"], "and", study.caught("test_first")["before users"])
assert harder.caught("test_first")["before users"].value - study.caught("test_first")["before users"].value < 0.02

# %% [markdown]
# ## Exercise 3
#
# One way to answer: try each and compare what people feel.

# %%
errors, slow, corruption = 1, 3, 6  # places in the list of faults
ways = {
    "as it is": (),
    "twenty test servers": ("fleet.test.servers=20",),
    "an hour": ("policies.test_first.test.for=60m",),
    "data that shows all": tuple(f"change.one_of.{place}.in_test=100%" for place in (errors, slow, corruption)),
}
fleets = {name: lab.load("web_fleet", "horizon=4h", *settings) for name, settings in ways.items()}
tried = {
    name: lab.compare(fleet, ["test_first"], runs=RUNS, seed=SEED, only="faulty") for name, fleet in fleets.items()
}
lab.bars(
    "Better data buys more than more servers or more time",
    {
        "Found before users": {name: one.caught("test_first")["before users"] for name, one in tried.items()},
        "People hurt by a faulty change": {name: one.mean("test_first", "users_hit") for name, one in tried.items()},
    },
)

# %%
best = min(tried, key=lambda name: tried[name].mean("test_first", "users_hit").value)
print("Fewest people hurt:", best)
assert best == "data that shows all"
assert lab.difference(tried[best], tried["twenty test servers"], "test_first", "users_hit").decided
