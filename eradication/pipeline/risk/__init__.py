"""The risk surface of a season: factors of the ground, what was found and searched, expected plots cell by cell."""
