"""Cubic regularization and lazy Hessians, a family of methods."""
