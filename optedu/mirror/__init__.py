"""Mirror and online methods, a family of methods."""
