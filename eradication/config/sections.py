"""What may be set, section by section. Each field's ``doc`` is the comment written above it."""

from dataclasses import dataclass, field
from typing import Any

from eradication.config.accounts import Ledger
from eradication.config.backup import Backup
from eradication.config.harvest import Harvest
from eradication.config.letters import Report
from eradication.config.mail import Mail
from eradication.config.patrols import Cleaning, Effort, Inbox, Perimeters, Photos, Retention
from eradication.config.planning import Plan, Risk
from eradication.config.setting import setting as _set
from eradication.config.web import Web
from eradication.errors import N_


def _part(kind: type, doc: str) -> Any:
    return field(default_factory=kind, metadata={"doc": doc})


@dataclass(frozen=True, slots=True)
class Workspace:
    """Who and where."""

    province: str = _set("Sơn La", N_("Province whose communes the ledger speaks of."))
    season: str = _set("", N_("Current season, e.g. 2025-2026; empty = that of the day."))
    language: str = _set("vi", N_("Language of output: vi or en (the option --lang wins)."))
    timezone: str = _set("Asia/Ho_Chi_Minh", N_("Time zone assumed where a time states none; said wherever assumed."))
    raster_epsg: int = _set(32648, N_("CRS of rasters and of all metres (WGS 84 / UTM 48N)."))
    official_epsg: int = _set(9206, N_("CRS of official output (VN-2000 / TM-3 104-00)."))
    device: str = _set("", N_("Name of this laptop or office, shown beside its events; empty = the computer's name."))
    simulated: bool = _set(False, N_("true = everything in this workspace is simulated; every output says so."))


@dataclass(frozen=True, slots=True)
class Store:
    """Where events, tracks and map layers are kept; originals and keys stay in the workspace's folder."""

    url: str = _set(
        "",
        N_(
            "PostGIS database, e.g. postgresql://user@host/database, its password in ~/.pgpass; "
            "empty = the file store.gpkg."
        ),
        secret=True,
    )
    schema: str = _set("eradication", N_("Schema of that database; each workspace needs its own."))
    clock_tolerance_s: float = _set(
        300.0,
        N_("A clock that stands behind the last record by more seconds than this is put on record."),
        (),
        (0, 86400),
    )
    clock_jump_days: float = _set(
        400.0, N_("A longer pause between two records of one device is flagged as a clock far ahead."), (), (1, 36500)
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """What a user's file may cost before it is refused."""

    file_mb: int = _set(200, N_("Largest file read, in MB."))
    memory_mb: int = _set(2048, N_("Address space of the process that parses a user's file, in MB."))
    cpu_s: int = _set(60, N_("CPU seconds of that process."))
    wall_s: int = _set(120, N_("Wall seconds after which it is ended."))
    output_mb: int = _set(512, N_("Largest answer taken from it, in MB."))
    points: int = _set(2_000_000, N_("Most fixes in one file."))
    mosaic_mb: int = _set(4000, N_("Largest image of a drone that is taken, in MB."))
    mosaic_s: int = _set(1800, N_("CPU seconds after which its conversion is ended."))
    gpsbabel: bool = _set(
        True, N_("Formats of other receivers are read by the program gpsbabel where it is installed; false = refused.")
    )


@dataclass(frozen=True, slots=True)
class Imagery:
    """How scenes become a cube."""

    mask_scl: tuple[int, ...] = _set((0, 1, 3, 8, 9, 10, 11), N_("Scene classes that are not used."))
    cloud_mask: str = _set("scl", N_("Who finds clouds: scl (the archive's scene classes) or omnicloudmask."))
    dilate_px: int = _set(1, N_("Pixels by which the mask of clouds and shadows is widened."))
    negative_share: float = _set(0.05, N_("Quarantine an item with more than this share of clear vegetation below 0."))
    dark_forest_red: float = _set(0.10, N_("Quarantine an item whose darkest forest is brighter than this in red."))
    align: bool = _set(True, N_("Compare scenes with the season and move those that lie elsewhere by whole pixels."))
    gate: str = _set(
        "close",
        N_("What rules out land that cannot be poppy before it is described: close, wide, or open (nothing does)."),
        ("close", "wide", "open"),
    )
    earlier_years: int = _set(3, N_("Earlier years looked at where the catalog holds them: orchards are never bare."))
    min_clear: int = _set(3, N_("Pixels with fewer clear looks in the season are unobserved, not scored."))


@dataclass(frozen=True, slots=True)
class Fetch:
    """How archives are asked for images."""

    threads: int = _set(8, N_("Files fetched at the same time."))
    tries: int = _set(5, N_("How often a request is tried before its file is given up for this run."))
    backoff_s: float = _set(1.0, N_("First pause before another try, in seconds; each next one is twice as long."))
    connect_s: float = _set(10.0, N_("Seconds to wait for a connection."))
    stall_s: float = _set(30.0, N_("Seconds without a byte after which a try is given up."))
    asset_s: float = _set(1800.0, N_("Seconds after which a file is given up for this run."))
    min_kb_s: float = _set(8.0, N_("A try slower than this, in kB/s, is given up."))
    max_asset_gb: float = _set(2.0, N_("Largest file that is fetched, in GB."))
    max_document_mb: int = _set(100, N_("Largest list or description read from an archive, in MB."))
    monitor_gb: float = _set(5.0, N_("A run fetches at most this by itself, in GB; more is fetched only when asked."))
    reserve_gb: float = _set(2.0, N_("Fetching stops before less than this is free on the disk, in GB."))


@dataclass(frozen=True, slots=True)
class Terrain:
    """What is done about the light on slopes; docs/terrain.md says what it was measured to give."""

    dem: str = _set(
        "", N_("Height model: path of a GeoTIFF in metres, or of a STAC item or collection of them; empty = none.")
    )
    correction: str = _set(
        "off",
        N_("Take the light on slopes out of reflectance: off, auto (only scenes where it is seen to help) or on."),
        ("off", "auto", "on"),
    )
    min_cos_i: float = _set(
        0.2, N_("In a corrected scene, pixels on which the sun falls at a cosine of this or less are masked.")
    )


@dataclass(frozen=True, slots=True)
class Distances:
    """Distances that become features; a model trained with one needs it ever after."""

    road: str = _set("", N_("File of roads and tracks: GeoJSON, GeoPackage or zipped Shapefile; empty = not used."))
    village: str = _set("", N_("File of villages; empty = not used."))
    border: str = _set("", N_("File of the border line; empty = not used."))
    past_plots: bool = _set(False, N_("true = distance to places where poppy was found in earlier seasons."))


@dataclass(frozen=True, slots=True)
class Candidates:
    """How scores become outlines."""

    seed: float = _set(0.60, N_("A candidate needs one pixel at least this high."))
    grow: float = _set(0.35, N_("It grows over neighbours at least this high."))
    max_px: int = _set(60, N_("Larger groups are split at their local maxima."))
    most: int = _set(2000, N_("At most this many candidates a run, best first; the answer says if any were cut."))


@dataclass(frozen=True, slots=True)
class Learning:
    """How models learn and are judged, and whose are opened."""

    weight_photo: float = _set(0.8, N_("Weight of a label read from a photo; one seen on site weighs 1."))
    weight_expert: float = _set(0.5, N_("Weight of a label from an expert's eye alone."))
    weight_assumed: float = _set(0.25, N_("Weight of a label that was assumed, or does not say where it comes from."))
    weight_background: float = _set(
        0.5, N_("Weight of a pixel nobody visited: it is unlabelled, which is not the same as negative.")
    )
    shift_days: tuple[int, ...] = _set(
        (),
        N_(
            "Labelled pixels are learned from again as if the season had come so many days later, e.g. [-15, 15]; "
            "on simulated seasons it gained nothing, so none by default."
        ),
    )
    prevalence: float = _set(
        3e-6,
        N_("Share of pixels that are poppy, as stated: a few hundred of 141 million in Sơn La; 0 = not stated."),
    )
    visits: int = _set(300, N_("Candidates that patrols can visit in a season: figures speak of so many."))
    uncertain_share: float = _set(
        0.15, N_("Share of the visits chosen by visits choose that go where the model is least sure.")
    )
    contest_margin: float = _set(0.05, N_("A loss of this share of plots would not keep a new model from taking over."))
    contest_least_plots: int = _set(10, N_("With fewer plots found by patrols, two models cannot be compared."))
    trusted_keys: tuple[str, ...] = _set(
        (), N_("Public keys (64 hex digits) of other devices whose models are opened; this workspace's own always are.")
    )


@dataclass(frozen=True, slots=True)
class Identity:
    """When two observations are one place."""

    min_iou: float = _set(0.2, N_("Outlines overlapping at least this much (intersection over union) are one place."))
    min_distance_m: float = _set(15.0, N_("Centres at least this close may be one place …"))
    satellite_sigma_m: float = _set(10.0, N_("… widened by the position error of a satellite outline (1 sigma)"))
    patrol_sigma_m: float = _set(5.0, N_("… and of a patrol's position (1 sigma)."))
    merge_m: float = _set(
        50.0,
        N_("Plots farther apart than this, edge to edge in metres, are merged only if somebody insists (--force)."),
    )
    moved_m: float = _set(
        100.0, N_("A new plot this close to one of an earlier season that lies fallow now may have moved from there.")
    )


@dataclass(frozen=True, slots=True)
class Tips:
    """What is made of the tips of village mailboxes."""

    radius_m: float = _set(100.0, N_("How far around its point a tip may be meant that states no radius, in metres."))
    candidate_m: float = _set(
        150.0, N_("A tip with a point proposes a place to check if its radius is at most this; 0 = none does.")
    )


@dataclass(frozen=True, slots=True)
class Boundaries:
    """What is warned of in an imported file of commune boundaries."""

    area_tolerance: float = _set(
        0.05, N_("Warn if a polygon's area differs from the stated one by more than this share.")
    )
    overlap_m2: float = _set(10_000.0, N_("Warn if two units overlap by more than this, in m² (10000 = 1 ha)."))


@dataclass(frozen=True, slots=True)
class Bundles:
    """What is taken from other laptops."""

    accept_new_origins: bool = _set(True, N_("false = refuse events of a device this workspace has not met before."))


@dataclass(frozen=True, slots=True)
class Keys:
    """What doctor asks of the keys' escrow."""

    drill_days: int = _set(
        180, N_("doctor asks for a drill of the keys' escrow when the last is older, in days."), (), (1, 3650)
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may be set, by section."""

    workspace: Workspace = _part(Workspace, N_("Who and where."))
    store: Store = _part(
        Store, N_("Where events, tracks and map layers are kept; originals and keys stay in the workspace's folder.")
    )
    limits: Limits = _part(Limits, N_("What a user's file may cost before it is refused."))
    cleaning: Cleaning = _part(Cleaning, N_("When a fix is marked. Nothing is ever deleted."))
    perimeters: Perimeters = _part(
        Perimeters, N_("When a walk is the boundary of a plot, and how far its area can be trusted.")
    )
    effort: Effort = _part(Effort, N_("What patrols can see from where they walk."))
    photos: Photos = _part(Photos, N_("How photos are read, timed and joined to visits."))
    inbox: Inbox = _part(Inbox, N_("Where patrols' files may be laid, to be taken in by `eradication inbox`."))
    retention: Retention = _part(Retention, N_("How long tracks are kept whole, and which are kept longer."))
    imagery: Imagery = _part(Imagery, N_("How scenes become a cube."))
    fetch: Fetch = _part(Fetch, N_("How archives are asked for images."))
    terrain: Terrain = _part(Terrain, N_("What is done about the light on slopes."))
    distances: Distances = _part(
        Distances, N_("Distances that become features; a model trained with one needs it ever after.")
    )
    candidates: Candidates = _part(Candidates, N_("How scores become outlines."))
    learning: Learning = _part(Learning, N_("How models learn and are judged, and whose are opened."))
    identity: Identity = _part(Identity, N_("When two observations are one place."))
    risk: Risk = _part(Risk, N_("The risk surface: where plots are to be expected that no image shows."))
    plan: Plan = _part(Plan, N_("Patrol plans: the ground people walk on, what is dangerous, how long a stop takes."))
    tips: Tips = _part(Tips, N_("What is made of the tips of village mailboxes."))
    ledger: Ledger = _part(Ledger, N_("Deadlines and limits of the ledger and its periods."))
    report: Report = _part(Report, N_("What stands on official documents besides figures."))
    harvest: Harvest = _part(Harvest, N_("When capsules are lanced: the clock of each open candidate."))
    boundaries: Boundaries = _part(Boundaries, N_("What is warned of in an imported file of commune boundaries."))
    bundles: Bundles = _part(Bundles, N_("What is taken from other laptops."))
    keys: Keys = _part(Keys, N_("What doctor asks of the keys' escrow."))
    backup: Backup = _part(Backup, N_("Whom backups are encrypted to, and how old the last one may be."))
    web: Web = _part(Web, N_("The web application: sessions, limits, another identity provider."))
    mail: Mail = _part(Mail, N_("A summary for each unit by mail: counts of what waits, never a place."))
