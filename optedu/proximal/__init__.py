"""Proximal methods and sparsity, a family of methods."""
