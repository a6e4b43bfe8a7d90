"""Room: configs."""
