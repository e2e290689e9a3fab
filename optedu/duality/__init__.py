"""Duality and constraints, a family of methods."""
