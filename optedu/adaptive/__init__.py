"""Adaptive methods, a family of methods."""
