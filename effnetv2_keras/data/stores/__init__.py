"""Where the bytes of photos lie: one class a kind of place, each with `read(index)`."""
