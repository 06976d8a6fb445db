"""Patrol plans: stops with their prizes, draws, routes, what became of them."""
