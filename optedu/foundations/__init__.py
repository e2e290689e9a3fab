"""Foundations, a family of methods."""
