"""Looks at every image of a source before anything is trained on it."""
