"""Runs, races and sweeps: everything around a step."""
