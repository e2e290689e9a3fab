"""What every benchmark shares: objectives, measure, race, limits, results, pictures."""
