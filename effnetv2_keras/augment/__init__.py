"""Room: augment."""
