"""Writing that is whole or not there at all; knows nothing of what is written."""
