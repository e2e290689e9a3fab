"""Transport at small regularization, and with other regularizers; a family of methods."""
