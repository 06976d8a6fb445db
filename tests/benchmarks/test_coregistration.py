"""How well shifts of simulated scenes are measured, and what is left of them by each way of taking them out.

A scene is shifted by resampling it with a fifth-order spline, which is nearly without loss; clouds and haze are those
of the scene. Run with ``make bench``.
"""

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

from eradication import coregistration, simulation
from eradication.coregistration import Shift, measure, reference
from eradication.domain import Season

SEEDS = (21, 22, 23)
SIZE_PX = 384
SHIFTS = ((0.0, 0.0), (0.4, 0.0), (0.4, -0.3), (0.7, 0.5), (1.0, 0.0), (1.6, -1.2))
"""East and south, in pixels."""
EDGE = 6

type Float32 = npt.NDArray[np.float32]


def shifted(image: Float32, dx: float, dy: float, order: int = 5) -> Float32:
    """Move the content of an image east and south, clouds (NaN) with it."""
    known = np.isfinite(image)
    filled = np.where(known, image, np.nanmedian(image))
    out = ndimage.shift(filled, (dy, dx), order=order, mode="nearest").astype(np.float32)
    out[ndimage.shift(known.astype(float), (dy, dx), order=1, mode="nearest") < 0.99] = np.nan
    return out


def left_over(true: Float32, moved: Float32, found: Shift) -> dict[str, float]:
    """Return the RMS error of each way, as a share of the standard deviation of the true image."""
    dx, dy = -found.dx_px, -found.dy_px
    ways = {
        "left as it is": moved,
        "nearest pixel": shifted(moved, round(dx), round(dy), 0),
        "bilinear": shifted(moved, dx, dy, 1),
        "cubic": shifted(moved, dx, dy, 3),
    }
    inside = slice(EDGE, -EDGE)
    spread = float(np.nanstd(true))
    return {n: float(np.sqrt(np.nanmean((v - true)[inside, inside] ** 2))) / spread for n, v in ways.items()}


@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_shifts_are_measured_to_a_tenth_of_a_pixel_and_never_seen_where_there_is_none(capsys):
    said: dict[tuple[float, float], list[Shift]] = {shift: [] for shift in SHIFTS}
    rest: dict[tuple[float, float], list[dict[str, float]]] = {shift: [] for shift in SHIFTS}
    scenes = 0
    for seed in SEEDS:
        red = simulation.cube(simulation.build(simulation.Recipe(seed, Season(2024), size_px=SIZE_PX))).reflectance(
            "red"
        )
        median = reference(red)
        scenes += len(red)
        for number, image in enumerate(red):
            if np.isnan(image).all():
                continue
            for shift in SHIFTS:
                moved = shifted(image, *shift)
                found = measure(f"{seed}/{number}", median, moved)
                said[shift].append(found)
                if found.stable:
                    rest[shift].append(left_over(image, moved, found))
    with capsys.disabled():
        print(table(said, rest, scenes))
    for shift, found in said.items():
        errors = [np.hypot(f.dx_px - shift[0], f.dy_px - shift[1]) for f in found if f.stable]
        assert len(errors) >= 10
        assert max(errors) < 0.15
    assert not any(f.to_apply for f in said[0.0, 0.0])


def table(
    said: dict[tuple[float, float], list[Shift]], rest: dict[tuple[float, float], list[dict[str, float]]], scenes: int
) -> str:
    lines = [
        "",
        f"mô phỏng / simulated: {scenes} scenes of {len(SEEDS)} seasons, {SIZE_PX} x {SIZE_PX} px, red;"
        f" windows of {coregistration.WINDOW_PX} px, at least {coregistration.LEAST_WINDOWS} must agree",
        "what is left after the shift found is taken out: RMS error / standard deviation, median of stable scenes",
    ]
    for shift, found in said.items():
        stable = [f for f in found if f.stable]
        errors = [float(np.hypot(f.dx_px - shift[0], f.dy_px - shift[1])) for f in stable]
        ways = {name: np.median([r[name] for r in rest[shift]]) for name in rest[shift][0]}
        lines.append(
            f"  shift {shift[0]:4.1f} {shift[1]:4.1f}   stable {len(stable):2d} of {len(found)}"
            f"   to apply {sum(f.to_apply for f in found):2d}"
            f"   error median {np.median(errors):.3f}, largest {max(errors):.3f} px   "
            + ", ".join(f"{name} {value:.2f}" for name, value in ways.items())
        )
    return "\n".join(lines)
