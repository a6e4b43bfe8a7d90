"""Data sets as a few large files: written by several processes, checked when they are opened, read at any place."""
