"""Pictures of a place before and after, cut out of satellite images: pixels as they were seen, and where they lie.

A picture is true colour under one fixed stretch (:data:`WHITEST`, :data:`GAMMA`), the same for every place and date,
so that two of them may be compared. Its pixels are those of the image, not smoothed: what is less than 10 m across
cannot be seen, and shall not seem to be. Outline, north and scale are drawn over it by whoever shows it.
"""

import base64
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from PIL import Image
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain.event import iso, parse_iso
from eradication.errors import N_
from eradication.i18n import Translate
from eradication.report import words

WHITEST = 0.28
"""Surface reflectance that is drawn as white: winter fields and forests lie well below it, clouds above."""
GAMMA = 1.4
"""Shaded slopes of winter stay dark, and yet something is seen there."""
UNKNOWN_GREY = 190
"""Value of all three colours where an image has no pixel."""

BAR_STEPS_M = (50, 100, 200, 500)

type Rgb = npt.NDArray[np.uint8]

KINDS: Mapping[str, str] = {
    "before_destruction": N_("Before the destruction"),
    "after_destruction": N_("After the destruction"),
    "at_detection": N_("About the detection"),
    "near_bloom": N_("About the expected bloom"),
    "latest": N_("Latest clear image"),
}
"""What a picture shows → its heading."""

REASONS: Mapping[str, str] = {
    "no_images": N_("No image of this place is on this computer."),
    "cloud": N_("No clear image: cloud or shadow on every date."),
    "none_later": N_("No clear image later than that."),
    "left_out": N_("Left out: the map holds pictures of {most} places, the most important ones."),
}
"""Why there is no picture → the sentence that stands in its place."""


@dataclass(frozen=True, slots=True, eq=False)
class Chip:
    """One picture."""

    rgb: Rgb
    """Shape (y, x, 3), north up."""
    when: datetime
    """UTC, of the overflight."""
    source: str
    """Satellite and ids of the items it was cut from."""
    epsg: int
    west_m: float
    north_m: float
    side_m: float
    """Upper left corner and side in metres of the plane CRS ``epsg``."""
    simulated: bool

    @property
    def png(self) -> bytes:
        """The picture alone, as a PNG; the same pixels give the same bytes."""
        out = io.BytesIO()
        Image.fromarray(self.rgb, "RGB").save(out, "PNG", optimize=True)
        return out.getvalue()

    @property
    def address(self) -> str:
        """The PNG as a ``data:`` address."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode()}"

    def rings(self, outline: BaseGeometry) -> list[list[tuple[float, float]]]:
        """Return the rings of an outline (WGS 84) in shares of the side, from the upper left corner: right, down."""
        own = geo.project(outline, geo.WGS84, self.epsg)
        polygons = [part for part in shapely.get_parts(own) if part.geom_type == "Polygon" and not part.is_empty]
        return [
            [((x - self.west_m) / self.side_m, (self.north_m - y) / self.side_m) for x, y, *_ in ring.coords]
            for polygon in polygons
            for ring in (polygon.exterior, *polygon.interiors)
        ]

    @property
    def bar_m(self) -> int:
        """Length of a bar of scale that is at most two fifths of the side."""
        return max((step for step in BAR_STEPS_M if step <= 0.4 * self.side_m), default=BAR_STEPS_M[0])

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON; the pixels as they are, so that nothing has to be decoded on reading."""
        told = {name: getattr(self, name) for name in ("source", "epsg", "west_m", "north_m", "side_m", "simulated")}
        pixels = base64.b64encode(self.rgb.tobytes()).decode()
        return told | {"when": iso(self.when), "pixels": pixels, "rows": self.rgb.shape[0]}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Chip":
        """Read what :meth:`to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        rows = int(told["rows"])
        rgb = np.frombuffer(base64.b64decode(told["pixels"], validate=True), np.uint8).reshape(rows, rows, 3)
        west, north, side = (float(told[name]) for name in ("west_m", "north_m", "side_m"))
        when, source = parse_iso(told["when"]), str(told["source"])
        return cls(rgb, when, source, int(told["epsg"]), west, north, side, bool(told["simulated"]))


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A picture, or why there is none."""

    kind: str
    """Key of :data:`KINDS`."""
    chip: Chip | None = None
    why: str = ""
    """Key of :data:`REASONS` where there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A place before and after."""

    before: Side
    after: Side

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both, in their order."""
        return self.before, self.after

    @property
    def why(self) -> str:
        """Why there is no picture at all, empty if there is one."""
        return "" if any(side.chip for side in self.sides) else self.before.why


def nothing(why: str) -> Pair:
    """Return the pair of a place of which there is no picture."""
    return Pair(Side("near_bloom", None, why), Side("latest", None, why))


def true_colour(red: npt.ArrayLike, green: npt.ArrayLike, blue: npt.ArrayLike) -> Rgb:
    """Return reflectance of three bands as colours: ``(reflectance ÷ WHITEST)^(1 ÷ GAMMA)``, clipped to 0…1.

    Args:
        red: shape (y, x), NaN where unknown.
        green: the same.
        blue: the same.
    """
    values = np.stack([np.asarray(band, np.float64) for band in (red, green, blue)], axis=-1)
    with np.errstate(invalid="ignore"):
        shares = np.clip(values / WHITEST, 0.0, 1.0) ** (1 / GAMMA)
        colours = np.rint(shares * 255)
    unknown = ~np.isfinite(values).all(axis=-1)
    colours[unknown] = UNKNOWN_GREY
    return colours.astype(np.uint8)


def heading(side: Side, translate: Translate) -> str:
    """Return what a picture shows."""
    return translate(KINDS[side.kind])


def caption(side: Side, language: str, translate: Translate) -> str:
    """Return the day of a picture and where it comes from, or why there is none."""
    chip = side.chip
    if chip is None:
        return reason(side.why, translate)
    return f"{words.day(chip.when, language)} · {words.clean(chip.source)}"


def reason(why: str, translate: Translate, most: int = 0) -> str:
    """Return why there is no picture."""
    return translate(REASONS.get(why, REASONS["no_images"])).format(most=most)


def credit(pairs: Mapping[str, Pair], translate: Translate) -> str:
    """Return whose images these are and how they are drawn, empty where there is no picture."""
    chips = [side.chip for pair in pairs.values() for side in pair.sides if side.chip]
    if not chips:
        return ""
    said = [translate(N_("True colour, one stretch for all (white = reflectance {white}); pixels of 10 m."))]
    said = [said[0].format(white=f"{WHITEST:g}")]
    return " ".join([*said, *licence(chips, translate)])


def licence(chips: Iterable[Chip], translate: Translate) -> list[str]:
    """Return the sentence that the licence of Copernicus data asks for, nothing where no picture is of it."""
    years = sorted({chip.when.year for chip in chips if not chip.simulated and "sentinel" in chip.source.casefold()})
    said = translate(N_("Contains modified Copernicus Sentinel data {years}."))
    return [said.format(years=", ".join(map(str, years)))] if years else []
