"""Black boxes: optimization from values alone, a family of methods."""
