"""Ours against the field: the same data, the same objective, one measure, one process."""
