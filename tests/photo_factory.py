"""Photos as cameras write them, and as people who mean harm do."""

import io
from datetime import UTC, datetime, timedelta

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

SECRET = "Nguyen Van A 0912345678"
"""Stands wherever a file can hold it and must never be in a copy."""

MAKE, MODEL, DESCRIPTION, ORIENTATION = 0x010F, 0x0110, 0x010E, 0x0112
EXIF_IFD, GPS_IFD = 0x8769, 0x8825


def picture(seed=1, size=(64, 48)):
    """A picture with something to see in it."""
    blocks = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(blocks).resize(size, Image.Resampling.BICUBIC)


def sexagesimal(degrees):
    """Degrees, minutes and seconds as EXIF holds them."""
    exact = round(abs(degrees) * 3_600_000)
    return IFDRational(exact // 3_600_000), IFDRational(exact // 60_000 % 60), IFDRational(exact % 60_000, 1000)


def exif(stated=None, lon=None, lat=None, *, gps=None, zone=None, model="Cam 1", serial=None, tags=(), gps_tags=()):
    """What a camera writes: ``stated`` on its own clock, ``gps`` from satellites (UTC)."""
    made = Image.Exif()
    made[MAKE], made[MODEL], made[DESCRIPTION] = "Acme", model, SECRET
    detail = made.get_ifd(EXIF_IFD)
    if stated:
        detail[0x9003] = f"{stated:%Y:%m:%d %H:%M:%S}" if isinstance(stated, datetime) else stated
    if zone:
        detail[0x9011] = zone
    if serial:
        detail[0xA431] = serial
    place = made.get_ifd(GPS_IFD)
    if lon is not None:
        place |= {1: "N" if lat >= 0 else "S", 2: sexagesimal(lat), 3: "E" if lon >= 0 else "W", 4: sexagesimal(lon)}
        place[31] = IFDRational(60, 10)
    if gps:
        place |= {29: f"{gps:%Y:%m:%d}", 7: tuple(IFDRational(v) for v in (gps.hour, gps.minute, gps.second))}
    for tag, value in tags:
        (made if tag < 0x8000 else detail)[tag] = value
    for tag, value in gps_tags:
        place[tag] = value
    return made


def jpeg(said=None, seed=1, size=(64, 48), form="JPEG", **how):
    """A photo's bytes."""
    out = io.BytesIO()
    picture(seed, size).save(out, form, **({"exif": said} if said is not None else {}), **how)
    return out.getvalue()


def walk(start=datetime(2026, 2, 10, 1, 0, tzinfo=UTC), minutes=120, seed=1, origin=(104.5, 21.2)):
    """A patrol's track, a fix every 20 s: times, longitudes, latitudes, and the GPX."""
    rng = np.random.default_rng(seed)
    count = minutes * 3
    lon = origin[0] + np.cumsum(rng.uniform(0, 1.2e-4, count))
    lat = origin[1] + np.cumsum(rng.normal(2e-5, 6e-5, count))
    times = [start + timedelta(seconds=20 * k) for k in range(count)]
    points = "".join(
        f'<trkpt lat="{y:.7f}" lon="{x:.7f}"><time>{t:%Y-%m-%dT%H:%M:%SZ}</time></trkpt>'
        for x, y, t in zip(lon, lat, times, strict=True)
    )
    return times, lon, lat, f'<gpx version="1.1"><trk><trkseg>{points}</trkseg></trk></gpx>'
