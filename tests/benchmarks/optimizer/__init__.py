"""The optimizer beside the field's others: the same problems, starts and noise for all, figures with intervals.

`make benchmark-optimizer` brings an environment of its own and runs what is missing; docs/explanation/
optimizer-benchmarks.md tells what was found.
"""
