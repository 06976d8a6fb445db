"""Models on disk: ``<folder>/<name>/<version>/`` with ``model.skops``, ``meta.json``, ``card.md`` and a signature.

A model file comes from elsewhere, so it is distrusted: its SHA-256 is compared before anything opens it, an optional
Ed25519 signature covers ``meta.json``, only a fixed list of types may occur in it, and node indices of trees, which
compiled code follows unchecked, are checked before the first prediction.
"""

from eradication.registry.folder import list_models, load, save

__all__ = ["list_models", "load", "save"]
