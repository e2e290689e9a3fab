"""Coordinate and block methods, a family of methods."""
