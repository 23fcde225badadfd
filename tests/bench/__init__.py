"""Benchmarks: what a citizen waits for, and what the machine spends, each beside a plain way of doing the same."""
