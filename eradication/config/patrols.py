"""What may be set about patrols: how their fixes are judged, what they can see, their photos and files."""

from dataclasses import dataclass

from eradication.config.setting import setting as _set
from eradication.errors import N_


@dataclass(frozen=True, slots=True)
class Cleaning:
    """When a fix is marked. Nothing is ever deleted."""

    max_hdop: float = _set(5.0, N_("Horizontal dilution above this marks poor_dilution."), span=(0, 100))
    max_accuracy_m: float = _set(25.0, N_("Stated accuracy above this marks poor_accuracy."), span=(0, 10000))
    max_walk_kmh: float = _set(12.0, N_("Speed above this marks too_fast."), span=(1, 100))
    vehicle_kmh: float = _set(
        15.0, N_("Faster than this for longer than vehicle_s is a vehicle leg: no effort."), span=(1, 300)
    )
    vehicle_s: float = _set(60.0, N_("See vehicle_kmh."), span=(1, 86400))
    spike_m: float = _set(30.0, N_("An out-and-back of more than this within spike_s marks spike."), span=(0, 100000))
    spike_s: float = _set(10.0, N_("See spike_m."), span=(0, 86400))
    gap_s: float = _set(
        300.0, N_("A longer silence splits the track; the gap counts as neither length nor time."), span=(1, 86400)
    )
    gap_m: float = _set(200.0, N_("A longer jump splits the track."), span=(1, 1000000))
    stop_m: float = _set(
        15.0, N_("Staying within this radius for stop_s is a stop: collapsed to its first fix."), span=(0, 10000)
    )
    stop_s: float = _set(180.0, N_("See stop_m."), span=(1, 86400))
    agility: float = _set(
        0.05,
        N_(
            "How fast a walker's pace and heading wander, in m²/s³, for smoothing lengths; 0 = lengths from fix to fix."
        ),
        span=(0, 100),
    )
    future_h: float = _set(
        24.0, N_("Times further ahead of the clock than this are marked (fixes) or refused (visits).")
    )


@dataclass(frozen=True, slots=True)
class Perimeters:
    """When a walk is the boundary of a plot, and how far its area can be trusted."""

    close_m: float = _set(
        15.0, N_("A walk that ends so near its beginning, or within a tenth of its length, closes."), span=(0, 1000)
    )
    longest_m: float = _set(600.0, N_("Longer walks are no boundary of a plot."), span=(10, 100000))
    least_m2: float = _set(10.0, N_("Smaller areas are not measured by walking."), span=(0, 100000))
    least_roundness: float = _set(
        0.05, N_("Least 4π·area/perimeter² (a circle has 1): a way walked out and back encloses nothing."), span=(0, 1)
    )
    open_sigma_m: float = _set(
        2.0, N_("Error of a position (1 sigma, one direction) in the open at least …"), span=(0.1, 100)
    )
    canopy_sigma_m: float = _set(4.0, N_("… and under trees."), span=(0.1, 100))
    differ_pct: float = _set(
        20.0, N_("Two walks that differ by more than this, in per cent, want a third."), span=(0, 200)
    )


@dataclass(frozen=True, slots=True)
class Effort:
    """What patrols can see from where they walk."""

    strip_open_m: float = _set(30.0, N_("How far to each side a patrol sees a plot in the open."), span=(1, 200))
    strip_forest_m: float = _set(10.0, N_("How far to each side it sees one in forest."), span=(1, 200))
    forest: str = _set(
        "",
        N_(
            "File of forest outlines: GeoJSON, GeoPackage or zipped Shapefile; "
            "empty = unknown, and all ground counts as forest, so that no search is overstated."
        ),
    )
    least_finds: int = _set(
        30,
        N_("With this many finds whose distance from the track is known, they tell the strip's width instead."),
        span=(1, 100000),
    )
    seen_rosette: float = _set(0.1, N_("Chance to see a plot one passes, from emergence on."), span=(0, 1))
    seen_elongation: float = _set(0.5, N_("The same while stems grow."), span=(0, 1))
    seen_bloom: float = _set(0.9, N_("The same from the first flowers to the last capsules."), span=(0, 1))
    early: tuple[str, ...] = _set(
        ("10-01", "11-15", "12-15", "03-31"),
        N_("Early sowing, as MM-DD: emergence, elongation, flowering, last day with capsules."),
    )
    late: tuple[str, ...] = _set(("12-01", "02-01", "02-25", "04-30"), N_("The same of late sowing."))
    early_share: float = _set(0.5, N_("Share of plots sown early."), span=(0, 1))


@dataclass(frozen=True, slots=True)
class Photos:
    """How photos are read, timed and joined to visits."""

    megapixels: int = _set(50, N_("A photo of more million pixels is refused before it is decoded."), span=(1, 500))
    side_px: int = _set(2048, N_("Longest side of the copy without EXIF that others see, in pixels."), span=(64, 20000))
    quality: int = _set(88, N_("JPEG quality of that copy, 1 to 95."), span=(1, 95))
    position_m: float = _set(
        15.0, N_("Error of a photo's own position where it states none, in metres."), span=(0, 10000)
    )
    clock_unknown_s: float = _set(
        120.0, N_("How wrong a camera's clock is taken to be where nothing shows it, in seconds."), span=(0, 86400)
    )
    clock_uncertain_s: float = _set(
        120.0,
        N_("A clock offset less sure than this (seconds) is not applied: the photos fit at many times."),
        span=(0, 86400),
    )
    clock_residual_m: float = _set(
        50.0,
        N_("A clock offset is not applied if the photos then still lie further than this from the track (median)."),
        span=(0, 10000),
    )
    near_minutes: float = _set(
        180.0, N_("A photo taken within so many minutes of a visit may show it …"), span=(0, 100000)
    )
    near_m: float = _set(
        150.0,
        N_("… if it was taken within so many metres of the plot; it is suggested, never asserted."),
        span=(0, 100000),
    )
    far_m: float = _set(
        100.0,
        N_("A photo named in a visit and taken further than this from the plot's edge is said to be far."),
        span=(0, 100000),
    )
    off_track_m: float = _set(
        300.0,
        N_("A photo that says it was taken further than this from where its patrol's track was then is told."),
        span=(0, 1000000),
    )
    same_bits: int = _set(
        4,
        N_("Pictures whose 64-bit fingerprints differ in no more bits are told as one picture used twice."),
        span=(0, 64),
    )


@dataclass(frozen=True, slots=True)
class Retention:
    """How long tracks are kept whole, and which are kept longer."""

    months: int = _set(
        24,
        N_("`eradication retention` thins tracks to effort once their whole season lies so many months back."),
        span=(12, 1200),
    )
    keep: tuple[str, ...] = _set(
        (),
        N_(
            "Seasons or ids of patrols whose tracks are needed longer, each with the case after a space, "
            'e.g. ["2023-2024", "8f3c… case 12/2026"].'
        ),
    )


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where patrols' files may be laid, to be taken in by ``eradication inbox``."""

    folder: str = _set("inbox", N_("Folder that is watched; a relative path begins in the workspace."))
    settle_s: float = _set(5.0, N_("A file is taken once it has not changed for so many seconds."), span=(0, 86400))
