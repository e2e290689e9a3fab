"""A family of methods: all optimal networks of a convex program, pruned and followed in beta."""
