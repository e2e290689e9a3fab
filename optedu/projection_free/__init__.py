"""Projection-free methods, a family of methods."""
