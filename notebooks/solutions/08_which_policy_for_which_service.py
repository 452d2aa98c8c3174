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
# # 8. Which policy does a service need? Solutions

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

SEED, RUNS = 1, 400

# %% [markdown]
# ## Exercise 1
#
# On one machine the standby wins clearly: every change would restart the only server there is. With two or three
# servers the others carry on during a restart, and its lead melts away.

# %%
small = lab.winners("any_size", "size=1,2,3,5", "importance=1,10", runs=RUNS, seed=SEED)
print(small)
assert small.at("1", "1") == "standby"
assert small.at("5", "1") != "standby"

# %% [markdown]
# ## Exercise 2
#
# No. What a standby costs in a big fleet is not only its servers: when the test has missed something, *all* users are
# on the faulty version at once, until people decide.
# Free machines do not make a failure smaller.

# %%
free = lab.winners("any_size", "size=1,100", "importance=1,10", "service.cost.per_server_hour=0", runs=RUNS, seed=SEED)
print(free)
assert free.at("100", "1") == "canary"

# %% [markdown]
# ## Exercise 3
#
# As an example: a service where a late change is dear and an outage is not. Waiting for a test or a bake does not pay
# there any more, and pushing wins where it did not before.

# %%
hasty = lab.winners("any_size", "size=1,10,100", "importance=0.01,0.1", "service.cost.per_day_of_delay=2000", runs=RUNS,
                    seed=SEED)
patient = lab.winners("any_size", "size=1,10,100", "importance=0.01,0.1", runs=RUNS, seed=SEED)
print(hasty)
print(patient)
pushed = {
    name: sum(one.at(x, y) == "direct" for x in ("1", "10", "100") for y in ("0.01", "0.1"))
    for name, one in (("hasty", hasty), ("patient", patient))
}
print("Points at which pushing is best:", pushed)
assert pushed["hasty"] > pushed["patient"]
