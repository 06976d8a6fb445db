"""Catalogs of translations, one folder per language."""
