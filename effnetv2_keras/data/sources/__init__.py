"""Kinds of storage: each module turns one into a `Listing`."""
