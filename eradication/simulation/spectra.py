"""Spectra of what grows in Sơn La, as Sentinel-2 sees it.

No poppy-labelled imagery exists in the open, so the spectra are computed: PROSPECT-D leaves in a 4SAIL canopy over a
mixed dry and wet soil (Jacquemoud et al. 2009; Féret et al. 2017; Verhoef et al. 2007), averaged over Sentinel-2A
bands taken as Gaussians of the published centre and width. The models know no flowers: a petal curve, **assumed** and
listed here, is mixed in by the share of the ground that flowers cover.

The table is stored with its parameters; ``python -m eradication.simulation.spectra`` writes it anew (extra
``simulation``). Everything else reads the table only.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eradication.raster import BANDS
from eradication.simulation.reflectance import FILE_NAME

type Floats = npt.NDArray[np.float64]

SENTINEL_2A: dict[str, tuple[float, float]] = {
    "blue": (492.4, 66.0),
    "green": (559.8, 36.0),
    "red": (664.6, 31.0),
    "rededge1": (704.1, 15.0),
    "rededge2": (740.5, 15.0),
    "rededge3": (782.8, 20.0),
    "nir": (832.8, 106.0),
    "nir08": (864.7, 21.0),
    "swir16": (1613.7, 91.0),
    "swir22": (2202.4, 175.0),
}
"""Band centre and full width at half maximum in nm (ESA, Sentinel-2 MSI user documentation, satellite A)."""

PETALS: dict[str, tuple[tuple[float, float], ...]] = {
    "white": ((400, 0.30), (450, 0.62), (560, 0.70), (700, 0.74), (900, 0.76), (1300, 0.70), (1650, 0.42), (2500, 0.2)),
    "pink": ((400, 0.28), (450, 0.45), (560, 0.34), (620, 0.58), (700, 0.70), (900, 0.74), (1650, 0.42), (2500, 0.2)),
    "purple": ((400, 0.26), (450, 0.36), (560, 0.14), (620, 0.30), (700, 0.60), (900, 0.72), (1650, 0.42), (2500, 0.2)),
    "yellow": ((400, 0.05), (490, 0.08), (530, 0.48), (560, 0.62), (700, 0.70), (900, 0.74), (1650, 0.42), (2500, 0.2)),
}
"""Petal reflectance over wavelength in nm: **assumed**, drawn after the general shape of thin, air-filled petals."""


@dataclass(frozen=True, slots=True)
class Cover:
    """Parameters of one cover state; leaf units as in PROSPECT (µg/cm², cm, g/cm²)."""

    lai: float
    """Leaf area index, m²/m²."""
    cab: float = 40.0
    car: float = 9.0
    cbrown: float = 0.05
    cw: float = 0.012
    cm: float = 0.006
    n: float = 1.5
    lidfa: float = 50.0
    """Mean leaf inclination, degrees."""
    rsoil: float = 0.9
    """Soil brightness."""
    psoil: float = 0.7
    """Share of dry soil."""
    petals: str = ""
    flowers: float = 0.0
    """Share of the ground covered by petals at full bloom."""


COVERS: dict[str, Cover] = {
    "bare_dry": Cover(0.02, psoil=0.95, rsoil=1.0),
    "bare_moist": Cover(0.02, psoil=0.45, rsoil=0.8),
    "bare_burnt": Cover(0.03, psoil=0.15, rsoil=0.45),
    "built": Cover(0.25, psoil=1.0, rsoil=1.15, cab=30),
    "flooded": Cover(0.35, psoil=0.0, rsoil=0.30, cab=35),
    "grass_green": Cover(2.2, cab=38, cm=0.005, lidfa=62),
    "grass_dry": Cover(1.3, cab=12, car=6, cbrown=0.55, cw=0.004, cm=0.006, lidfa=62),
    "forest": Cover(5.5, cab=55, car=12, cw=0.018, cm=0.011, n=1.8, lidfa=48, rsoil=0.5, psoil=0.3),
    "forest_dry": Cover(4.4, cab=46, car=12, cbrown=0.12, cw=0.015, cm=0.011, n=1.8, lidfa=48, rsoil=0.5, psoil=0.5),
    "shrub_young": Cover(1.2, cab=36, cm=0.007, lidfa=52),
    "shrub": Cover(3.2, cab=44, cw=0.014, cm=0.008, n=1.6, lidfa=52),
    "shrub_dry": Cover(2.2, cab=28, car=9, cbrown=0.30, cw=0.008, cm=0.008, n=1.6, lidfa=52),
    "poppy_seedling": Cover(0.25, cab=34, lidfa=35, psoil=0.6),
    "poppy_rosette": Cover(1.1, cab=38, cw=0.018, cm=0.004, lidfa=30, psoil=0.65),
    "poppy_elongation": Cover(2.6, cab=40, cw=0.018, cm=0.0045, n=1.45, lidfa=48),
    "poppy_bud": Cover(3.0, cab=38, cw=0.017, cm=0.005, n=1.5, lidfa=55),
    "poppy_bloom_white": Cover(2.7, cab=35, cw=0.016, cm=0.005, lidfa=56, petals="white", flowers=0.20),
    "poppy_bloom_pink": Cover(2.7, cab=35, cw=0.016, cm=0.005, lidfa=56, petals="pink", flowers=0.20),
    "poppy_bloom_purple": Cover(2.7, cab=35, cw=0.016, cm=0.005, lidfa=56, petals="purple", flowers=0.20),
    "poppy_capsule": Cover(2.0, cab=28, car=8, cbrown=0.15, cw=0.014, cm=0.006, lidfa=60),
    "poppy_late": Cover(1.3, cab=14, car=6, cbrown=0.45, cw=0.008, cm=0.006, lidfa=62, psoil=0.85),
    "poppy_dry": Cover(0.7, cab=5, car=3, cbrown=0.9, cw=0.003, cm=0.006, lidfa=65, psoil=0.95),
    "mustard_young": Cover(0.9, cab=38, cw=0.020, cm=0.0035, lidfa=32, psoil=0.55),
    "mustard_full": Cover(3.2, cab=40, cw=0.021, cm=0.0035, n=1.4, lidfa=38, psoil=0.55),
    "mustard_bolting": Cover(2.9, cab=36, cw=0.018, cm=0.0045, lidfa=54),
    "mustard_bloom": Cover(2.4, cab=33, cw=0.016, cm=0.0045, lidfa=56, petals="yellow", flowers=0.24),
    "mustard_pods": Cover(2.0, cab=26, car=8, cbrown=0.12, cw=0.014, cm=0.006, lidfa=60),
    "vegetables_young": Cover(0.8, cab=42, cw=0.022, cm=0.004, lidfa=30, psoil=0.5),
    "vegetables_full": Cover(2.9, cab=46, cw=0.024, cm=0.0045, n=1.7, lidfa=30, psoil=0.5),
    "vegetables_bloom": Cover(2.6, cab=40, cw=0.02, cm=0.0045, lidfa=42, petals="white", flowers=0.12),
    "ornamental_bloom": Cover(2.3, cab=34, cw=0.016, cm=0.0045, lidfa=54, petals="white", flowers=0.22),
    "maize_young": Cover(0.9, cab=42, cw=0.014, lidfa=55),
    "maize_full": Cover(4.0, cab=52, cw=0.015, cm=0.006, lidfa=55),
    "maize_ripe": Cover(2.4, cab=18, car=7, cbrown=0.5, cw=0.006, lidfa=58),
    "stubble": Cover(0.6, cab=5, car=3, cbrown=0.9, cw=0.003, lidfa=45, psoil=0.9),
    "weeds": Cover(1.0, cab=34, lidfa=50, psoil=0.75),
    "rice_full": Cover(4.6, cab=45, cw=0.013, cm=0.005, lidfa=64, rsoil=0.4, psoil=0.1),
    "rice_ripe": Cover(3.2, cab=16, car=7, cbrown=0.35, cw=0.006, cm=0.006, lidfa=60, rsoil=0.6, psoil=0.4),
    "plum_leaf": Cover(3.0, cab=42, cm=0.007, n=1.6, rsoil=0.8, psoil=0.5),
    "plum_bare": Cover(0.9, cab=22, cbrown=0.45, cw=0.007, cm=0.008, psoil=0.7),
    "plum_bloom": Cover(0.9, cab=24, cbrown=0.35, cw=0.007, cm=0.008, psoil=0.7, petals="white", flowers=0.30),
    "coffee": Cover(3.6, cab=58, car=12, cw=0.016, cm=0.010, n=1.8, lidfa=42, rsoil=0.7, psoil=0.5),
    "coffee_dry": Cover(2.8, cab=48, car=11, cbrown=0.1, cw=0.014, cm=0.010, n=1.8, lidfa=42, rsoil=0.8, psoil=0.7),
    "coffee_bloom": Cover(2.8, cab=48, cw=0.014, cm=0.010, n=1.8, lidfa=42, petals="white", flowers=0.10),
}
"""Every state a field can be in. Values are ordinary ones for such canopies, chosen by hand, not measured."""

SUN_ZENITH_DEG, VIEW_ZENITH_DEG, RELATIVE_AZIMUTH_DEG, HOTSPOT = 45.0, 4.0, 100.0, 0.05


def compute(cover: Cover) -> dict[str, float]:
    """Return reflectance by band, computed with PROSAIL; needs the extra ``simulation``."""
    import prosail

    spectrum = prosail.run_prosail(
        cover.n, cover.cab, cover.car, cover.cbrown, cover.cw, cover.cm, cover.lai, cover.lidfa, HOTSPOT,
        SUN_ZENITH_DEG, VIEW_ZENITH_DEG, RELATIVE_AZIMUTH_DEG,
        prospect_version="D", typelidf=2, rsoil=cover.rsoil, psoil=cover.psoil,
    )  # fmt: skip
    wavelength = np.arange(400.0, 2501.0)
    if cover.petals:
        at, value = np.array(PETALS[cover.petals]).T
        curve = np.interp(wavelength, at, value)
        spectrum = (1.0 - cover.flowers) * spectrum + cover.flowers * curve
    return {band: round(_band_mean(wavelength, spectrum, band), 5) for band in BANDS}


def _band_mean(wavelength: Floats, spectrum: Floats, band: str) -> float:
    centre, width = SENTINEL_2A[band]
    weight = np.exp(-4.0 * np.log(2.0) * ((wavelength - centre) / width) ** 2)
    return float(np.sum(weight * spectrum) / np.sum(weight))


def document() -> dict[str, object]:
    """Return the table with all that it was computed from, as JSON-ready values."""
    return {
        "title": "mô phỏng / simulated",
        "method": "PROSPECT-D + 4SAIL (package prosail); Gaussian Sentinel-2A bands; assumed petal curves mixed in",
        "geometry": {
            "sun_zenith_deg": SUN_ZENITH_DEG,
            "view_zenith_deg": VIEW_ZENITH_DEG,
            "relative_azimuth_deg": RELATIVE_AZIMUTH_DEG,
            "hotspot": HOTSPOT,
        },
        "bands_centre_fwhm_nm": SENTINEL_2A,
        "petals_nm_reflectance": PETALS,
        "covers": {name: {"parameters": asdict(c), "reflectance": compute(c)} for name, c in COVERS.items()},
    }


def main() -> None:
    """Write the table beside this module."""
    text = json.dumps(document(), ensure_ascii=False, indent=1)
    Path(__file__).with_name(FILE_NAME).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
