"""Stochastic methods, a family of methods."""
