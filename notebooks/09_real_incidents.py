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
# # 9. Would canaries have helped? Three real incidents
#
# Notebook 8 ended with a doubt: all its services were made up. Here are three that were not. Their owners published
# what happened, minute by minute.
#
# Each is a scenario of the library. What is published and what is assumed stands in the file; published numbers are
# either *put in*, or *predicted* by the model and compared.
#
# - **Cloudflare, 2 July 2019.** A firewall rule went everywhere within seconds, and used up every processor.
# - **Fastly, 8 June 2021.** New software went out in careful stages. Weeks later one customer's valid setting woke a
#   fault in it.
# - **Azure Storage, November 2014.** A setting was tried on a few servers first, for a long time, and then enabled
#   everywhere.

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
CASES = {  # name -> scenario, and the policy with canaries that nobody used at the time
    "Cloudflare 2019": ("incidents/cloudflare_2019", "canary"),
    "Fastly 2021": ("incidents/fastly_2021", "canary"),
    "Azure 2014": ("incidents/azure_storage_2014", "both_kinds"),
}
scenarios = {name: lab.load(file) for name, (file, _) in CASES.items()}
for name, (_, policy) in CASES.items():
    policies = scenarios[name].policies
    print(f"{name}\n  as it was: {policies['as_it_was'].about}\n  instead:   {policies[policy].about}")

# %% [markdown]
# ## Predict
#
# The same change, the same people, and a small group first that is well chosen and watched.
#
# **In how many of the three would that have avoided more than half of the failed requests?**

# %%
guess = 3

# %% [markdown]
# ## Run
#
# First: does the model tell what happened? One table an incident.

# %%
studies = {
    name: lab.compare(scenarios[name], ["as_it_was", policy], runs=RUNS, seed=SEED, only="faulty")
    for name, (_, policy) in CASES.items()
}
studies["Cloudflare 2019"].published()

# %%
studies["Fastly 2021"].published()

# %%
studies["Azure 2014"].published()

# %% [markdown]
# Then: what if? Such an answer is called counterfactual. Nobody can check it against what happened, because it did
# not happen.

# %%
avoided = {name: studies[name].fewer(policy, "as_it_was", "failed_requests") for name, (_, policy) in CASES.items()}
helped = [name for name, share in avoided.items() if share.low is not None and share.low > 0.5]
lab.bars(
    f"A well-chosen canary group avoids most of the harm in {len(helped)} of {len(CASES)} incidents",
    {
        "Failed requests avoided": avoided,
        "Found by the canaries": {
            name: studies[name].caught(policy)["by a gate"] for name, (_, policy) in CASES.items()
        },
    },
)

# %% [markdown]
# Three incidents, three lessons:
#
# - Where a change acts at once and everywhere, a small group first is nearly all the difference.
# - Where a fault sleeps until something outside wakes it, no bake is long enough, and all have it when it wakes.
#   Careful stages do not help, and it is honest to say so.
# - Azure *had* a small group. But it was of the wrong kind of server, and could not have the fault. Who goes first
#   matters more than how many or for how long.
#
# ## The answer

# %%
for name, share in avoided.items():
    print(f"{name}: failed requests avoided", share)
print(f"More than half avoided in {len(helped)} of {len(CASES)}. You said {guess}.")

# %% [markdown]
# A replay is a check, not a prophecy: with enough numbers put in, much comes out right. Look at the column `role`
# before you believe a table like those above.
#
# **What this leaves open:** these were other people's services. The last question is about yours: notebook 10.
#
# ## Exercises
#
# 1. Compare *all* policies of `incidents/cloudflare_2019`. Why is a test alone not enough there, even a test that
#    measures the right thing?
# 2. `incidents/aws_ebs_2012` is a leak that took days. Compare its canary policies by who finds the fault. Which bake
#    would have been long enough, and would you wait so long for a change of an address?
# 3. *Open.* What would have helped Fastly? Try something, and then say what your idea would need in reality.

# %%
# Your own cells go here.
