"""Room: explain."""
