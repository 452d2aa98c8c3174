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
# # 2. What does a test environment find, and what does it miss?
#
# Notebook 1 ended with a question: the faults were there before the first user met them, so could we not have found
# them first?
#
# A test environment is a few servers of the same configuration without users. We try the change there, and go on only
# when nothing is wrong.

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

print(f"{fleet.fleet.test.servers} test servers; the policy test_first tries every change there for",
      f"{fleet.policies['test_first'].test.length / 60:.0f} minutes.")
for fault in fleet.change.one_of[1:]:
    print(f"  {fault.fault:15} in {fault.chance:.0%} of changes; tests can show {fault.in_test:.0%} of them")

# %% [markdown]
# ## Predict
#
# Look at the last column. It says how often a test like ours can show such a fault *at all*: the data is there,
# somebody looks at the right number.
#
# **Which share of the faulty changes does the test find, before any user meets them?**

# %%
guess = 0.6

# %% [markdown]
# ## Run
#
# The same changes, once just pushed and once tested first.

# %%
study = lab.compare(fleet, ["direct", "test_first"], runs=RUNS, seed=SEED, only="faulty")
study

# %%
found = study.caught("test_first")["before users"]
lab.bars(
    f"The test finds {found.said} of the faulty changes, and whole kinds of them never",
    {
        "Found by the test, before users": {
            fault: study.caught("test_first", fault)["before users"] for fault in study.faults
        },
        "People hurt all the same, on average": {
            fault: study.mean("test_first", "users_hit", fault=fault) for fault in study.faults
        },
    },
)

# %% [markdown]
# The faults with the smallest bars on the left have little in common, at first sight:
#
# - `leak`: servers fall ill long after their restart. The test is over by then.
# - `some_servers`: only some servers can have it. Two test servers are seldom among them.
# - `corruption`: the answers look right, and nobody compares the records.
#
# A test sees what shows *soon*, on *any* server, in *what is looked at*.
#
# ## The answer

# %%
less = study.fewer("test_first", "direct", "users_hit")
print("Faulty changes found before users:", found)
print("Fewer people hurt than by just pushing:", less)
print(found.against(guess))

# %% [markdown]
# A test is cheap and finds the plain faults. The rest goes to production as before, in batches, to everybody.
#
# **What this leaves open:** when the test has missed it, we still need a long time to go back. Notebook 3 makes the
# way back short.
#
# ## Exercises
#
# 1. Test for an hour instead of ten minutes (`"policies.test_first.test.for=60m"`, with `"horizon=4h"`). Which faults
#    are found now that were not before? Which are not, however long you wait?
# 2. A colleague proposes to run the same test three times as hard (`"policies.test_first.test.rate=30/s"`). How much
#    more does it find? Why?
# 3. *Open.* You may improve the test environment in one way: more servers, more time, or better data (a higher
#    `in_test`). Which one buys most here? And for your own service?

# %%
# Your own cells go here.
