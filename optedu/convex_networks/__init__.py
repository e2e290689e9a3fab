"""Two-layer networks that are trained as convex programs; a family of methods."""
