"""Weights from wherever they are: recognised, held against the network name by name, then given to it whole."""
