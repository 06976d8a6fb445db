"""Routes by what they are for; each module registers its own. Every one needs a line in ``rights.csv``."""
