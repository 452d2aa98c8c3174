"""One run, with SimPy: `run.simulate(plan, scenario, seed, i)`. SimPy lives in this folder only.

clock      microseconds, priorities of simultaneous events
streams    one random stream a purpose, keyed by seed and run
differ     servers that differ in how much they fail
luck       what this run's change carries, and which servers and when
serving    chances and rates of one group of equal servers at one load
side       which positions of a pool carry which version, and who is in rotation
illness    servers falling ill one by one: counts now, and ramps ahead
world      all of it together: settle, refresh
monitor    scrapes, judges, blocks of quiet scrapes
scrapes    scrapes that are missing, and what was seen before the start
crowd      distinct users behind harmed requests
people     acknowledge, decide, office hours
trial      what a test or smoke run sees
install    batches of installs, there and back
conductor  the plan, the alarm, the undo
run        one rollout from beginning to end
"""
