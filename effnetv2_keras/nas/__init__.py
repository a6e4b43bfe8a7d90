"""Training-aware architecture search: a space, a reward with a measured step time, samplers, and the search itself."""
