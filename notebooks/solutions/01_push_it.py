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
# # 1. What happens if I just push it? Solutions

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
study = lab.compare(fleet, ["direct"], runs=RUNS, seed=SEED, only="faulty")

# %% [markdown]
# ## Exercise 1
#
# When all servers restart at the same time there is nobody left to answer. A good change hurts nearly everybody for
# the time of a restart.
# That is why the scenario does it in four batches.

# %%
at_once = lab.compare(lab.load("web_fleet", "policies.direct.batch=all"), ["direct"], runs=100, seed=SEED)
good = at_once.mean("direct", "users_hit", "healthy")
print("A healthy change hurts", good)
assert good.low > 0.5 * fleet.service.users.count
assert lab.compare(fleet, ["direct"], runs=100, seed=SEED).mean("direct", "users_hit", "healthy").value == 0

# %% [markdown]
# ## Exercise 2
#
# Failed requests fall with the time that the fault is there. People do not: most of them meet the fault in the first
# minutes, and who was hurt once is not hurt anew.
# So quick people save requests first, and people only when they are very quick.

# %%
quick = lab.compare(
    lab.load("web_fleet", "people.acknowledge={median: 1m, p95: 4m}", "people.decide={median: 1m, p95: 3m}"),
    ["direct"], runs=RUNS, seed=SEED, only="faulty",
)
for column in ("failed_requests", "users_hit"):
    print(column, quick.mean("direct", column), "instead of", study.mean("direct", column))
saved = {
    column: 1 - quick.mean("direct", column).value / study.mean("direct", column).value
    for column in ("failed_requests", "users_hit")
}
print({column: f"{share:.0%} less" for column, share in saved.items()})
assert saved["failed_requests"] > saved["users_hit"] > 0
assert lab.difference(quick, study, "direct", "users_hit").decided

# %% [markdown]
# ## Exercise 3
#
# One of many answers: go slowly. One server a minute gives the alert time to see something while few have it.
# The price is the time until a good change is everywhere. And there is a catch: the alert looks at all servers
# together, so it sees the fault only when many have it.

# %%
slow = lab.compare(lab.load("web_fleet", "policies.direct.batch=1 every 1m"), ["direct"], runs=RUNS, seed=SEED)
print("People hurt, compared with four big batches:", lab.difference(slow, lab.compare(
    fleet, ["direct"], runs=RUNS, seed=SEED), "direct", "users_hit"))
print("Time until a good change is everywhere:", slow.mean("direct", "lead_time_s", "healthy"))
slower = lab.difference(slow, lab.compare(fleet, ["direct"], runs=RUNS, seed=SEED), "direct", "users_hit")
assert slower.decided
assert slower.value < 0
