"""The shape of the landscape, a family of methods."""
