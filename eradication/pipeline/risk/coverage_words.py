"""What is said of a risk surface whose ground is known in few cells."""

from collections.abc import Mapping

from eradication.errors import N_
from eradication.i18n import Translate, floored, number
from eradication.risk.factors import BY_NAME

LITTLE_KNOWN = N_(
    "LITTLE IS KNOWN: in half of the cells {share} % or less of what is weighed is known. There the map shows the "
    "level and little else; it must not be read as if one place were safer than another."
)
UNKNOWN_COMMUNE = N_(
    "Communes marked *: nothing is known of their ground; their figures are the level alone, spread evenly."
)
FOUND_OF_SEASON = N_("What was found, and what was searched, is of the whole season, not of the month.")
PARTIAL_FILES = N_(
    "These files cover only part of the communes; more than 5 km outside what they draw nothing is known of it, and "
    "the share is that of the cells they reach: {files}. Name files of the whole province."
)


def partial_files(files: Mapping[tuple[str, str], float], translate: Translate, language: str) -> str:
    """Say which files cover only part of the communes: section and name of each → share of the cells it reaches."""
    listed = ", ".join(f"[{section}] {name} ({percent(share, language)})" for (section, name), share in files.items())
    return translate(PARTIAL_FILES).format(files=listed)


def factor_words(name: str) -> str:
    """Return what a factor is called, a message to translate."""
    return BY_NAME[name].words


def percent(share: float, language: str) -> str:
    """Write a share in percent, never rounded up; what is more than nothing is not told as 0."""
    if 0 < share < 0.001:
        return f"< {number(0.1, language, 1)} %"
    return f"{floored(share, language)} %"
