"""Eradication: patrols, satellite candidates and one honest ledger of poppy replanting."""
