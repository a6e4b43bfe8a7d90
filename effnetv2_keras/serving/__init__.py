"""A server on one machine that answers as TF Serving does, and a client for both."""
