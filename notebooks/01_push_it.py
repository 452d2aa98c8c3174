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
# # 1. What happens if I just push it?
#
# *A course in ten notebooks. This is the first; each takes one lesson.*
#
# A change is ready, and it is a small one. Why not install it on all servers and see?
# Most changes are good, and then nothing happens. This lesson is about the others.
#
# Run the cells in order, with Shift+Enter.

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

fleet = lab.load("web_fleet")
SEED, RUNS = 1, 600

print(fleet.about)
print(f"{fleet.service.traffic.rate:,.0f} requests a second from {fleet.service.users.count:,} people;",
      f"{1 - fleet.change.one_of[0].chance:.0%} of all changes carry a fault.")

# %% [markdown]
# ## Predict
#
# A change goes straight to production, a quarter of the servers every minute. It is faulty, and nobody knows.
# An alert watches all servers together. It wakes an operator, who needs some minutes to answer and some to decide.
#
# **How many of these people will meet at least one failed request?** Write your guess as a share into the cell: `0.1`
# is one in ten.

# %%
guess = 0.1

# %% [markdown]
# ## One rollout
#
# Before we look at many, here is one. Run 37 is a change whose new version fails one request in twenty.
# A line that begins with a dot tells what nobody could know at the time.

# %%
lab.story(fleet, "direct", run=37, seed=SEED)

# %% [markdown]
# Three times matter here: until somebody is woken, until somebody decides, until the old version is back.
# Which of them is the longest?
#
# ## Many rollouts
#
# One story may be bad luck. So we draw many changes, and play all that turn out to be faulty.

# %%
study = lab.compare(fleet, ["direct"], runs=RUNS, seed=SEED, only="faulty")
study

# %%
hit = study.mean("direct", "users_hit")
everybody = fleet.service.users.count
lab.bars(
    f"A faulty change that is just pushed hurts {hit.value / everybody:.0%} of all people",
    {
        "People hurt by a faulty change, on average": {
            fault: study.mean("direct", "users_hit", fault=fault) for fault in study.faults
        },
        "Found by somebody in the end": {
            fault: study.caught("direct", fault)["later"] for fault in study.faults
        },
    },
)

# %% [markdown]
# Look at the right side as well. One kind of fault is never found at all. Which, and why might that be?
#
# ## The answer

# %%
share = lab.Answer(hit.value / everybody, hit.low / everybody, hit.high / everybody, "share", hit.n)
print("People hurt by a faulty change:", share)
print("From the first harm to the end of the last:", study.mean("direct", "time_to_restore_s"))
print(share.against(guess))

# %% [markdown]
# Pushing works as long as the change is good. When it is not, everybody is in the experiment, and what ends it is
# people being woken.
#
# **What this leaves open:** all these faults were there before the first user met them. Could we not have found them
# first?
# That is notebook 2.
#
# ## Exercises
#
# 1. Restart all servers at once (`lab.load("web_fleet", "policies.direct.batch=all")`) and look at the *healthy*
#    changes. What does a good change do now?
# 2. Let the operator be fast: `"people.acknowledge={median: 1m, p95: 4m}"`, `"people.decide={median: 1m, p95: 3m}"`.
#    Do failed requests and people hurt become smaller by the same share? Explain the difference.
# 3. *Open.* You may not buy anything, and you may not test. Change the policy `direct` so that a faulty change hurts
#    clearly fewer people. What does it cost you?

# %%
# Your own cells go here.
