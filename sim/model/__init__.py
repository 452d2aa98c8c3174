"""What can be said: frozen, typed nouns with their invariants. No randomness, no clock, no SimPy.

terms       the base of every noun, and the small ones: Portion, Batch, Delay, KInT, ClockWindow
service     traffic, users, objective, trouble that is nobody's fault, prices
fleet       pools by role and the balancer before them
change      what is rolled out: install times and the faults it may carry
evidence    what can be seen in a window, and the Judge protocol
watch       scrape, alerts, reports
people      who acknowledges, decides and keeps office hours
plan        stages of a rollout, as a strategy writes them
timeline    what happened, hidden truth included
outcome     a run in numbers
"""
