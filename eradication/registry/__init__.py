"""Models on disk: ``<folder>/<name>/<version>/`` with ``model.skops``, ``meta.json``, card, STAC item and signature.

A model file comes from elsewhere, so it is distrusted: an Ed25519 signature covers ``meta.json``, which holds the
SHA-256 of every other file, and both are checked before anything opens the model. Then only a fixed list of types may
occur in it, and node indices of trees, which compiled code follows unchecked, are checked before the first prediction.
"""

from eradication.registry.folder import Checked, check_name, checked, find, fingerprint, list_models, load, save
from eradication.registry.signing import Signer, signer_of

__all__ = [
    "Checked",
    "Signer",
    "check_name",
    "checked",
    "find",
    "fingerprint",
    "list_models",
    "load",
    "save",
    "signer_of",
]
