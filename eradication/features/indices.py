"""Indices of one date, computed from reflectance; see :data:`eradication.features.table.INDICES`."""

import numpy as np
import numpy.typing as npt

type Float32 = npt.NDArray[np.float32]

_LEAST = np.float32(1e-3)
"""A smaller denominator is noise: the index is NaN there."""


def normalised_difference(high: Float32, low: Float32) -> Float32:
    """Return (high - low) / (high + low), clipped to -1…1; NaN where the sum is hardly above 0."""
    total = high + low
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(total > _LEAST, (high - low) / total, np.float32(np.nan))
    return np.clip(ratio, -1, 1).astype(np.float32)


def enhanced_bloom(blue: Float32, green: Float32, red: Float32) -> Float32:
    """Return the enhanced bloom index of Chen et al. (2019), whose soil term is 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        below = (green / blue) * (red - blue + np.float32(1))
        index = np.where((blue > _LEAST) & (below > _LEAST), (red + green + blue) / below, np.float32(np.nan))
    return index.astype(np.float32)


def index(name: str, bands: dict[str, Float32]) -> Float32:
    """Return the index ``name`` of reflectance ``bands``, same shape; the bands it needs must be there."""
    match name:
        case "ndvi":
            return normalised_difference(bands["nir"], bands["red"])
        case "ndmi":
            return normalised_difference(bands["nir"], bands["swir16"])
        case "nir":
            return bands["nir"]
        case "bright":
            return (bands["blue"] + bands["green"] + bands["red"]) / np.float32(3)
        case "ndyi":
            return normalised_difference(bands["green"], bands["blue"])
        case "ebi":
            return enhanced_bloom(bands["blue"], bands["green"], bands["red"])
        case "ndre":
            return normalised_difference(bands["nir08"], bands["rededge1"])
        case "nbr":
            return normalised_difference(bands["nir08"], bands["swir22"])
        case "ndti":
            return normalised_difference(bands["swir16"], bands["swir22"])
    raise KeyError(name)
