"""The tables and figures of both papers as experiments anyone can run: `python -m benchmarks.paper list`."""
