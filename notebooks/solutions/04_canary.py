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
# # 4. What do a few canaries buy? Solutions

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
study = lab.compare(lab.load("web_fleet"), ["test_first", "canary"], runs=RUNS, seed=SEED, only="faulty")

# %% [markdown]
# ## Exercise 1
#
# Without a judge the bake is only a wait. The alert looks at all servers together, and five of a hundred are lost in
# the average. So the faulty version goes everywhere, a little later.

# %%
nobody = lab.load("web_fleet", "policies.canary.judge=~")
unwatched = lab.compare(nobody, ["canary"], runs=RUNS, seed=SEED, only="faulty")
print("Judged:  ", study.mean("canary", "users_hit"))
print("Unjudged:", unwatched.mean("canary", "users_hit"))
print("A test alone, no canaries:", study.mean("test_first", "users_hit"))
assert lab.difference(unwatched, study, "canary", "users_hit").low > 0
judged, blind, none = (one.value for one in (study.mean("canary", "users_hit"), unwatched.mean("canary", "users_hit"),
                                             study.mean("test_first", "users_hit")))
assert (none - blind) < 0.3 * (none - judged), "most of what canaries buy is bought by the judge"

# %% [markdown]
# ## Exercise 2
#
# Of a fault that the judge sees, more canaries make more people suffer: a fifth of the servers is a fifth of the
# users.
# Most people are hurt by the faults that no canary shows in its bake, and these do not care how many canaries passed
# before them. More of the same canaries see no more.

# %%
tried = {
    count: lab.compare(lab.load("web_fleet", f"policies.canary.canaries={count}"), ["canary"], runs=RUNS, seed=SEED,
                       only="faulty")
    for count in ("1", "5", "20")
}
lab.curves(
    "More canaries: more people hurt by the fault that is seen, no fewer by the others",
    "canaries, of a hundred servers",
    {
        "People hurt by `errors`": {
            "canary": {count: one.mean("canary", "users_hit", fault="errors") for count, one in tried.items()}
        },
        "People hurt by any fault": {
            "canary": {count: one.mean("canary", "users_hit") for count, one in tried.items()}
        },
    },
)

# %%
seen = [one.mean("canary", "users_hit", fault="errors") for one in tried.values()]
every = [one.mean("canary", "users_hit") for one in tried.values()]
assert seen[0].high < seen[2].low
assert every[0].high > every[2].low

# %% [markdown]
# ## Exercise 3
#
# One idea: users see what monitors do not. If one corrupted record in a thousand is reported, enough reports come
# within minutes, and may take the change back by themselves.
# The records that were written before that are lost all the same.

# %%
heard = lab.compare(
    lab.load("web_fleet", "watch.reports={chance: 5%, page: 20 in 10m, then: undo}"),
    ["canary"], runs=RUNS, seed=SEED, only="faulty",
)
print("Corruption, never noticed:", study.caught("canary", "corruption")["never"], "->",
      heard.caught("canary", "corruption")["never"])
print("Records lost:", study.mean("canary", "records_lost", fault="corruption"), "->",
      heard.mean("canary", "records_lost", fault="corruption"))
assert heard.caught("canary", "corruption")["never"].value < study.caught("canary", "corruption")["never"].value
assert heard.mean("canary", "records_lost", fault="corruption").high < study.mean(
    "canary", "records_lost", fault="corruption").low
