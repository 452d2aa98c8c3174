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
# # 6. Which judge sees a small fault, and does not cry wolf?
#
# Notebook 5 ended with the judge: it looks at the canaries every few seconds and says go on, or go back. So far it
# was a plain limit: more than so many percent of failures.
#
# A limit is easy to understand. But what if the fault is smaller than the limit? And if we lower the limit, who pays
# for the false alarms?

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

SEED, RUNS = 1, 200
JUDGES = {
    "tenth_failure": "{judge: kth_failure, failures: 10}",             # roll back at the tenth failure
    "threshold": "{judge: threshold, above: 2%, consecutive: 2}",      # a limit, as before
    "fisher_peeked": "{judge: fisher, peeked: 10s}",                   # a test at 5 %, looked at every ten seconds
    "fisher_once": "{judge: fisher, at: 10m}",                         # the same test, looked at once, at the end
    "always_valid": "{judge: always_valid}",                           # a test that may be looked at any time
    "wald": "{judge: sprt, p0: 0.1%, p1: 1%}",                         # Wald: likelier fine, or likelier this fault?
}
canary = "strategy: canary, canaries: 5%, control: true, bake: 10m, batch: 5 every 1m"
policies = ", ".join(f"{name}: {{{canary}, judge: {judge}}}" for name, judge in JUDGES.items())
fleet = lab.load(
    "web_fleet", "service.traffic.rate=2000/s", "horizon=1h", f"policies={{{policies}}}",
    "change.one_of=[{fault: none, chance: 50%}, {fault: errors, chance: 50%, errors: 1%, in_test: 0%}]",
)
print(f"Half of the changes fail {fleet.change.one_of[1].errors:.0%} of requests, the other half are good.")
print(f"The old version fails {fleet.service.base_errors:.2%}; now and then there is trouble that is nobody's fault.")

# %% [markdown]
# ## Predict
#
# Six policies, alike but for the judge. The fault is plain, always there, and small.
#
# *Peeking* means to look at a test again and again and to stop as soon as it speaks. The test is made so that it is
# wrong on one good change in twenty.
#
# **Which share of the good changes does `fisher_peeked` roll back?**

# %%
guess = 0.05

# %% [markdown]
# ## Run

# %%
study = lab.compare(fleet, runs=RUNS, seed=SEED)
study.table(("false_rollback", "healthy"), ("time_to_detect_s", "faulty"), ("users_hit", "faulty"))

# %%
false = {name: study.mean(name, "false_rollback", "healthy") for name in study.policies}
lab.bars(
    "A limit is blind below itself, counting cries wolf, peeking too; tests made for looking do neither",
    {
        "Good changes rolled back by mistake": false,
        "Faulty changes that the gate finds": {name: study.caught(name)["by a gate"] for name in study.policies},
    },
)

# %% [markdown]
# Four ways to be a judge, and what is wrong or right with each:
#
# - Counting failures is quick, and never asks how many there would be anyway. With time every good change has ten.
# - A limit above the fault sees nothing, however long the bake.
# - A test looked at once is honest and late. Peeked at, it is quick and dishonest: each look is another chance to be
#   wrong.
# - `always_valid` and `wald` know that they are looked at all the time, and pay for it in advance.
#
# ## The answer

# %%
peeked = false["fisher_peeked"]
print("Good changes rolled back by a peeked test:", peeked)
print("By the same test, looked at once:         ", false["fisher_once"])
print("By one that may be looked at any time:    ", false["always_valid"])
print("People hurt by a fault with always_valid instead of fisher_once:",
      study.difference("always_valid", "fisher_once", "users_hit"))
print(peeked.against(guess))

# %% [markdown]
# Choose a judge by the smallest fault that must not pass and by the false alarms that you can bear, at *your*
# traffic. `coalmine judge curve` draws this for your scenario.
#
# **What this leaves open:** until now we only worried about faulty changes. But a good one takes servers out as well,
# for the time of its install. How many may be out at once? That is notebook 7.
#
# ## Exercises
#
# 1. Lower the limit of `threshold` to 0.5 % (`above: 0.5%`). What does it find now, and what does it cost?
# 2. Load the scenario `two_delays` and compare its four policies. For a judge that counts, does it matter how large
#    the group is? And when people are called instead? Explain both.
# 3. *Open.* An inner service has a tenth of the traffic (`"service.traffic.rate=200/s"`). Which judge would you
#    choose there?

# %%
# Your own cells go here.
