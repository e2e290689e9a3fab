"""Portable loops: no allocation, no Python objects, the same text for every processor."""
