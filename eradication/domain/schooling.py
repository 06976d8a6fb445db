"""Where a model comes from: kept beside it, so that a reader can judge it and a program can refuse it."""

from dataclasses import dataclass, field

type Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Schooling:
    """What a model learned from, besides the samples themselves."""

    scenes: dict[str, dict[str, str]] = field(default_factory=dict)
    """Season of the images → id of a scene → its processing baseline, empty where nobody stated one."""
    definitions: dict[str, str] = field(default_factory=dict)
    """Feature → how it was computed. A feature computed in another way is another feature, whatever its name."""
    box: Box | None = None
    """West, south, east, north of the samples in degrees WGS 84, widened to whole tenths; ``None`` = not known."""
    reason: str = ""
    """Why this learner was chosen, for people."""
    simulated: bool = False
    """True if any image or visit it learned from is simulated."""
