"""The area of applicability of a model as a file beside it: arrays, and nothing that could run."""

import io
import json
import zipfile

import numpy as np

from eradication.domain.model import Applicability
from eradication.registry.signing import damaged

AREA = "area.npz"
_MOST = 50_000_000
"""Numbers of points that are still read."""


def packed(known: Applicability) -> bytes:
    """Return the arrays of ``known`` as an uncompressed NumPy archive; the same arrays give the same bytes."""
    out = io.BytesIO()
    facts = {"features": list(known.features), "mean_distance": known.mean_distance, "limit": known.limit}
    np.savez(
        out,
        allow_pickle=False,
        points=known.points.astype(np.float32),
        scaling=np.asarray(known.scaling, np.float64).reshape(-1, 2),
        weight=np.asarray(known.weight, np.float64),
        facts=np.frombuffer(json.dumps(facts, sort_keys=True).encode(), np.uint8),
    )
    return out.getvalue()


def unpacked(content: bytes, where: str) -> Applicability:
    """Read what :func:`packed` wrote; its hash was compared already.

    Raises:
        CheckFailed: ``model_damaged``.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > 4 * _MOST:
                raise ValueError("too large")
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            points, scaling, weight = (arrays[name] for name in ("points", "scaling", "weight"))
            facts = json.loads(arrays["facts"].tobytes())
        features, mean, limit = facts["features"], float(facts["mean_distance"]), float(facts["limit"])
        shapes = points.shape[1:] == (len(features),) == weight.shape and scaling.shape == (len(features), 2)
        numbers = (points, scaling, weight, np.array([mean]))
        if not shapes or not all(isinstance(f, str) for f in features) or not mean > 0 or np.isnan(limit):
            raise ValueError("shapes differ")
        if not all(np.isfinite(array).all() for array in numbers):
            raise ValueError("a number is none")
    except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise damaged(where) from error
    return Applicability(
        features=tuple(features),
        scaling=tuple((float(a), float(b)) for a, b in scaling),
        weight=tuple(float(w) for w in weight),
        points=points.astype(np.float32),
        mean_distance=mean,
        limit=limit,
    )
