"""Where plots are to be expected that no image shows: factors, finds given effort, what a search leaves to believe."""
