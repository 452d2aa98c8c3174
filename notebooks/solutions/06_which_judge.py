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
# # 6. Which judge sees a small fault, and does not cry wolf? Solutions

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
CHANGE = "change.one_of=[{fault: none, chance: 50%}, {fault: errors, chance: 50%, errors: 1%, in_test: 0%}]"
CANARY = "strategy: canary, canaries: 5%, control: true, bake: 10m, batch: 5 every 1m"

# %% [markdown]
# ## Exercise 1
#
# Below the fault the limit sees it. The false alarms stay rare here, because a window holds many requests: chance
# alone seldom makes half a percent of them fail.
# At a tenth of the traffic that would be different.

# %%
policies = ", ".join(
    f"{name}: {{{CANARY}, judge: {{judge: threshold, above: {above}, consecutive: 2}}}}"
    for name, above in {"two_percent": "2%", "half_a_percent": "0.5%"}.items()
)
fleet = lab.load("web_fleet", "service.traffic.rate=2000/s", "horizon=1h", f"policies={{{policies}}}", CHANGE)
study = lab.compare(fleet, runs=RUNS, seed=SEED)
for name in study.policies:
    print(name, "finds", study.caught(name)["by a gate"], "false:", study.mean(name, "false_rollback", "healthy"))
assert study.caught("half_a_percent")["by a gate"].low > study.caught("two_percent")["by a gate"].high
assert study.mean("half_a_percent", "false_rollback", "healthy").value < 0.1

# %% [markdown]
# ## Exercise 2
#
# There are two kinds of delay. A judge that counts to twenty needs twenty failures: a larger group makes them sooner,
# and the harm is about twenty either way.
# People need their ten minutes, and in ten minutes a larger group does more harm. So a small group pays where
# something slow decides, and buys nothing where a machine counts.

# %%
delays = lab.compare(lab.load("two_delays"), runs=120, seed=SEED)
harm = {name: delays.mean(name, "failed_requests") for name in delays.policies}
for name, failed in harm.items():
    print(f"{name:12}", failed)
assert harm["counted_50"].value < 6 * harm["counted_2"].value
assert harm["paged_50"].value > 15 * harm["paged_2"].value

# %% [markdown]
# ## Exercise 3
#
# One answer: the one that counts evidence and not windows. In a window of ten seconds the canaries now have few
# requests, so one failure is already above a limit, or two windows in a row are never reached.
# A judge that adds up what it sees needs longer, and still finds it.

# %%
judges = {"threshold": "{judge: threshold, above: 2%, consecutive: 2}", "wald": "{judge: sprt, p0: 0.1%, p1: 1%}"}
policies = ", ".join(f"{name}: {{{CANARY}, judge: {judge}}}" for name, judge in judges.items())
quiet = lab.load("web_fleet", "service.traffic.rate=200/s", "horizon=1h", f"policies={{{policies}}}", CHANGE)
study = lab.compare(quiet, runs=RUNS, seed=SEED)
for name in study.policies:
    print(name, "finds", study.caught(name)["by a gate"], "after", study.mean(name, "time_to_detect_s"),
          "false:", study.mean(name, "false_rollback", "healthy"))
assert study.difference("wald", "threshold", "users_hit").high < 0
