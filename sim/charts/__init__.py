"""The same tables as `figures/`, drawn by Altair for the app. Draw, never compute.

spread       every change as a dot, one row a policy, with mean and interval
curve        a column over the values of one field, with bands;  field_map  which policy has least over two fields
differences  paired differences to one policy, with intervals
guess        a guess beside the simulation and its interval
evidence     what could be seen at a gate, scrape by scrape
scores       one number for each of a few people
"""
