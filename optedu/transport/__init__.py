"""Optimal transport: potentials, plans, distances; a family of methods."""
