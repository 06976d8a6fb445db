"""Readers of patrol formats; they run in the worker process only and import as little as they can."""
