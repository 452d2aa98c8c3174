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
# # 3. Is a standby worth its price?
#
# Notebook 2 ended with faults that the test had missed, and with a long way back.
#
# A standby is a second set of servers, identical, warm, without traffic. We change the standby and move all users
# there.
# If something is wrong, we move them back: the old machines are still there, unchanged. That takes seconds.

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

print(f"{fleet.fleet.production.servers} servers in production, {fleet.fleet.standby.servers} more on standby,",
      f"at {fleet.service.cost.per_server_hour} an hour each.")

# %% [markdown]
# ## Predict
#
# Both policies test first, for as long. Then `test_first` installs in batches, and `standby` moves everybody to
# changed machines, and can move them back within seconds.
#
# **Which one hurts fewer people when the change is faulty, and by how much?** Guess how many more people the standby
# hurts. Write a negative number if you think that it hurts fewer.

# %%
guess = -20_000

# %% [markdown]
# ## Run
#
# Run 37 again, the change that fails one request in twenty. Watch the clock between the first harm and the end of the
# harm, and what fills it.

# %%
lab.story(fleet, "standby", run=37, seed=SEED)

# %%
study = lab.compare(fleet, ["test_first", "standby"], runs=RUNS, seed=SEED, only="faulty")
study

# %% [markdown]
# Surprised? The way back takes seconds, but *people* must decide on it, and in the meantime everybody has the new
# version, not a few servers.
#
# The standby makes the undo quick. Something else must make the decision quick. So give it a judge: a rule that looks
# at the error share every few seconds and goes back by itself.

# %%
judged = lab.compare(
    lab.load("web_fleet", "policies.standby.judge={judge: threshold, above: 2%, consecutive: 2}"),
    ["standby"], runs=RUNS, seed=SEED, only="faulty",
)
lab.bars(
    "A standby alone hurts more people than batches do; with a judge it hurts fewer",
    {
        "People hurt by a faulty change": {
            "test_first": study.mean("test_first", "users_hit"),
            "standby": study.mean("standby", "users_hit"),
            "standby, judged": judged.mean("standby", "users_hit"),
        },
        "From the first harm to the last": {
            "test_first": study.mean("test_first", "time_to_restore_s"),
            "standby": study.mean("standby", "time_to_restore_s"),
            "standby, judged": judged.mean("standby", "time_to_restore_s"),
        },
    },
)

# %% [markdown]
# ## The answer

# %%
more = study.difference("standby", "test_first", "users_hit")
with_judge = lab.difference(judged, study, "standby", "users_hit", of="test_first")
print("People hurt by a standby, more than by test_first:", more)
print("People hurt by a standby with a judge, more than by test_first:", with_judge)
hours = study.mean("standby", "extra_server_seconds").value / 3600
print(f"It stands all month: each change pays for {hours:,.0f} server hours.")
print(more.against(guess))

# %% [markdown]
# A standby makes going back quick. It is worth its price when somebody, or something, decides quickly, and when the
# service is small or important enough to pay for a second set of servers.
#
# **What this leaves open:** for some seconds or minutes everybody is on the new version at once. Why everybody?
# Notebook 4 lets only a few go first.
#
# ## Exercises
#
# 1. Names are cached: with `"policies.standby.lease=10m"` clients move over, and back, only when their lease runs
#    out. What is left of the quick way back when the judge is there?
# 2. Compare `test_first` and `test_and_standby` in the scenario `website`, one machine that every change restarts. Is
#    the standby worth its money there? And with `"importance=0.05"`, a service that hardly matters? (Column `cost`,
#    among `"all"`.)
# 3. *Open.* For which kinds of faults is a quick way back worthless? Look at `records_lost`, fault by fault, and say
#    what you would do about it.

# %%
# Your own cells go here.
