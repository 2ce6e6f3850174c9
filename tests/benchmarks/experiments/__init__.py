"""Experiments on the methods: `python -m tests.benchmarks.experiments --help`."""
