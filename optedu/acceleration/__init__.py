"""Accelerated methods, a family of methods."""
