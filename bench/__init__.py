"""Benchmarks: ratios within one run, never a verdict by seconds."""
