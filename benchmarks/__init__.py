"""Runnable benchmarks: `./dev bench NAME`. Each module documents and names its figures."""
