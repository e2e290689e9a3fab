"""Gradient methods, a family of methods."""
