"""Light on slopes: what a height model says of the ground, and taking the winter sun's shade out of reflectance.

From heights to a :class:`Relief`, from relief and sun to cos i, and per band and scene to a :class:`Correction` that is
fitted, judged and reported before anything is changed. docs/terrain.md says what it was measured to give.
"""

from eradication.terrain.correction import Correction, dense_vegetation, draw, fit, settle
from eradication.terrain.features import FEATURES, features, january_sun
from eradication.terrain.light import correct, cos_incidence, shaded
from eradication.terrain.relief import HALO_PX, Relief, relief
from eradication.terrain.scene import Sample, correct_scene, fit_scene, sample

__all__ = [
    "FEATURES",
    "HALO_PX",
    "Correction",
    "Relief",
    "Sample",
    "correct",
    "correct_scene",
    "cos_incidence",
    "dense_vegetation",
    "draw",
    "features",
    "fit",
    "fit_scene",
    "january_sun",
    "relief",
    "sample",
    "settle",
    "shaded",
]
