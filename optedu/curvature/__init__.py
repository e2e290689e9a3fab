"""Curvature for machine learning, a family of methods."""
