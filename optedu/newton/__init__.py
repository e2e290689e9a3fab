"""Newton and quasi-Newton methods, a family of methods."""
