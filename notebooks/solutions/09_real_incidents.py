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
# # 9. Would canaries have helped? Solutions

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

SEED, RUNS = 1, 60

# %% [markdown]
# ## Exercise 1
#
# A test finds what it can show. Here that is half of the time by assumption, and the other half goes everywhere at
# once, as before.
# Canaries ask production itself. What they cannot do is harm nobody.

# %%
study = lab.compare(lab.load("incidents/cloudflare_2019"), runs=RUNS, seed=SEED, only="faulty")
for name in study.policies[1:]:
    print(f"{name:15} avoids", study.fewer(name, "as_it_was", "failed_requests"))
assert study.fewer("canary", "as_it_was", "failed_requests").low > study.fewer(
    "test_first", "as_it_was", "failed_requests").high
assert study.mean("canary", "failed_requests").low > 0

# %% [markdown]
# ## Exercise 2
#
# Only the bake that is longer than the leak finds it. Who waits for days for the change of one address? Nobody does,
# and so this fault is not a matter of bakes.
# Watching the memory itself would have been the way: a monitor of the cause, and not of failed requests.

# %%
leak = lab.compare(lab.load("incidents/aws_ebs_2012"), runs=20, seed=SEED, only="faulty")
found = {name: leak.caught(name)["by a gate"] for name in leak.policies}
for name, share in found.items():
    print(f"{name:10} found by the canaries: {share}; out after {leak.mean(name, 'lead_time_s')}")
assert found["five_days"].low > 0.5
assert found["canary"].value == found["a_day"].value == 0

# %% [markdown]
# ## Exercise 3
#
# One idea: the alarm came within a minute, so let the alarm itself take the change back. In the model that avoids
# nearly everything.
# In reality the change was weeks old and long everybody's normal. An automatic undo would have had to know that of
# all that had changed since, *this* was to be taken back. A switch that turns a customer's setting off would have
# been more to the point, and it needs somebody who thought of it before.

# %%
fastly = lab.compare(lab.load("incidents/fastly_2021"), ["as_it_was"], runs=20, seed=SEED, only="faulty")
switch = lab.compare(
    lab.load("incidents/fastly_2021", "watch.alerts=[{judge: threshold, above: 5%, consecutive: 1, then: undo}]"),
    ["as_it_was"], runs=20, seed=SEED, only="faulty",
)
print("Failed requests as it was:      ", fastly.mean("as_it_was", "failed_requests"))
print("With an undo that needs nobody: ", switch.mean("as_it_was", "failed_requests"))
assert switch.mean("as_it_was", "failed_requests").high < 0.2 * fastly.mean("as_it_was", "failed_requests").low
