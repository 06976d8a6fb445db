"""Who says where clouds are: the archive's scene classes, or a detector that looks at the pixels.

A detector is a function from red, green and near infrared to scene classes; naming it in ``imagery.cloud_mask`` is all
that is needed. The archive's classes stay the default: they cost nothing and every archive has them.
"""

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from eradication.errors import N_, UnusableInput

SCENE_CLASSES = "scl"
"""The archive's own classes."""

MARGIN_PX = 64
"""A detector judges a pixel by its surroundings: it is shown this much more on each side."""

BANDS = ("red", "green", "nir")

CLEAR_CLASS, SHADOW, CLOUD, THIN = 5, 3, 9, 10
"""Scene classes of Sen2Cor that a detector's answer is turned into."""

type Bytes = npt.NDArray[np.uint8]
type Float32 = npt.NDArray[np.float32]


class CloudMask(Protocol):
    """Finds clouds and their shadows in one scene."""

    def __call__(self, reflectance: Float32) -> Bytes:
        """Return scene classes of shape (y, x).

        Args:
            reflectance: red, green and near infrared, shape (3, y, x), 0 where unknown.
        """


class OmniCloudMask:
    """The detector of the package ``omnicloudmask``: 0 clear, 1 thick cloud, 2 thin cloud, 3 shadow.

    The package fetches its weights when it is first used, so an air-gapped server needs them copied beforehand.
    """

    _CLASSES = np.array([CLEAR_CLASS, CLOUD, THIN, SHADOW], np.uint8)

    def __init__(self, predict: Callable[[Float32], Any]) -> None:
        """Take the package's ``predict_from_array``, or whatever stands in for it."""
        self._predict = predict

    def __call__(self, reflectance: Float32) -> Bytes:
        """See :class:`CloudMask`."""
        answer = np.asarray(self._predict(reflectance)).reshape(reflectance.shape[1:])
        return self._CLASSES[np.clip(answer, 0, 3).astype(np.int64)]


def _omnicloudmask() -> CloudMask:
    try:
        package = importlib.import_module("omnicloudmask")
    except ImportError:
        raise UnusableInput(
            "no_cloud_mask",
            N_("The cloud detector omnicloudmask is not installed here."),
            where="imagery.cloud_mask",
            hint=N_('Install it with its weights, or set cloud_mask = "scl" in eradication.toml.'),
        ) from None
    return OmniCloudMask(package.predict_from_array)


DETECTORS: dict[str, Callable[[], CloudMask]] = {"omnicloudmask": _omnicloudmask}
"""Name in the settings → what makes the detector."""


@cache
def detector(name: str) -> CloudMask | None:
    """Return the detector of that name, ``None`` for the archive's own classes.

    Raises:
        UnusableInput: ``no_cloud_mask`` if it is unknown or not installed.
    """
    if name == SCENE_CLASSES:
        return None
    if name not in DETECTORS:
        raise UnusableInput(
            "no_cloud_mask",
            N_("There is no cloud detector '{name}'."),
            where="imagery.cloud_mask",
            hint=N_("Known are: {known}."),
            values={"name": name, "known": ", ".join([SCENE_CLASSES, *DETECTORS])},
        )
    return DETECTORS[name]()
