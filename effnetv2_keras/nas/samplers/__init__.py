"""Ways to propose the next point from the trials that are finished."""
