"""A few drawn photos of simulated destructions, to try the reading of photos on. Every picture says that it is none."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageDraw, ImageFont

from eradication.simulation.recipe import LABEL

AHEAD_S = 420
"""The clock of the simulated camera is seven minutes ahead; its receiver knows the right time."""

_SIZE = (640, 480)
_BEFORE, _AFTER = timedelta(minutes=-40), timedelta(minutes=15)
_GREEN, _BROWN = (70, 120, 60), (120, 90, 60)


def write_photos(
    rows: Sequence[Mapping[str, str]], places: Sequence[Mapping[str, object]], folder: Path, *, visits: int = 2
) -> list[Path]:
    """Draw the photos before and after of the first destructions of a visit table.

    Args:
        rows: of :func:`eradication.simulation.visits_for`.
        places: those the rows were made for; a row without position has that of its ``plot_id``.
        folder: created if absent.
        visits: for how many destructions.

    Returns:
        Two files for each, JPEG with EXIF, the same bytes for the same rows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    where = {str(p["plot_id"]): (float(str(p["lon"])), float(str(p["lat"]))) for p in places if p.get("plot_id")}
    written: list[Path] = []
    for row in [r for r in rows if r["outcome"] == "eradicated"][:visits]:
        at = where.get(row.get("plot_id", "")) or (float(row["lon"]), float(row["lat"]))
        when = datetime.fromisoformat(row["visited_at"]).astimezone(UTC)
        for field, away, colour in (("photo_before", _BEFORE, _GREEN), ("photo_after", _AFTER, _BROWN)):
            path = folder / row[field]
            _drawn(row[field], colour).save(path, "JPEG", quality=80, exif=_exif(when + away, *at))
            written.append(path)
    return written


def _drawn(name: str, colour: tuple[int, int, int]) -> Image.Image:
    rng = np.random.default_rng(list(name.encode()))
    ground = np.clip(np.array(colour) + rng.normal(0.0, 35.0, (12, 16, 1)), 0, 255).astype(np.uint8)
    picture = Image.fromarray(ground).resize(_SIZE, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(picture)
    pen.text((24, 200), f"SIMULATED / MO PHONG\n{name}", fill="white", font=ImageFont.load_default(32))
    return picture


def _exif(when: datetime, lon: float, lat: float) -> Image.Exif:
    """Return what a camera with a receiver writes: local time of its own clock, place and time of satellites."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "SIMULATED", "camera 1"
    exif[ExifTags.Base.ImageDescription] = LABEL.rpartition("/")[2].strip()
    local = when + timedelta(hours=7, seconds=AHEAD_S)
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"{local:%Y:%m:%d %H:%M:%S}"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps |= {
        ExifTags.GPS.GPSLatitudeRef: "N",
        ExifTags.GPS.GPSLatitude: _sexagesimal(lat),
        ExifTags.GPS.GPSLongitudeRef: "E",
        ExifTags.GPS.GPSLongitude: _sexagesimal(lon),
        ExifTags.GPS.GPSHPositioningError: 6.0,
        ExifTags.GPS.GPSDateStamp: f"{when:%Y:%m:%d}",
        ExifTags.GPS.GPSTimeStamp: (float(when.hour), float(when.minute), float(when.second)),
    }
    return exif


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    exact = Fraction(round(degrees * 3_600_000), 3_600_000)
    minutes = exact % 1 * 60
    return float(exact // 1), float(minutes // 1), float(minutes % 1 * 60)
