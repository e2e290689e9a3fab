"""Splitting methods, a family of methods."""
