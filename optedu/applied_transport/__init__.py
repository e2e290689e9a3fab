"""Transport at work: sliced distances, flows, bridges, dictionaries; a family of methods."""
