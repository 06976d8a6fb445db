"""The plots of a report: the foremost on its pages, all of them with every figure of theirs in an annex."""

from eradication.errors import N_
from eradication.report import popup, words
from eradication.report.ranking import by_importance, split
from eradication.report.tables.parts import Group, Table, Writer
from eradication.report.view import PlotRow

LISTED = (
    *(
        N_("Code"),
        N_("State"),
        N_("Class"),
        N_("Area ± 95 %"),
        N_("Measured by"),
        N_("Plants"),
        N_("Score"),
        N_("Commune"),
    ),
    *(N_("VN-2000 E · N, m"), N_("First seen"), N_("Source"), N_("Unit")),
)
ANNEX = (
    *(N_("Code"), N_("Season"), N_("State"), N_("Class"), N_("Commune"), N_("Unit"), N_("Source")),
    *(N_("VN-2000 E, m"), N_("VN-2000 N, m"), N_("Area (m²)"), N_("Standard error (m²)"), N_("Measured by")),
    *(N_("Detected (m²)"), N_("Claimed (m²)"), N_("Verified (m²)"), N_("Plants")),
    *(N_("First seen"), N_("Detected on"), N_("Destroyed on"), N_("Verified on"), N_("Visits"), N_("In the totals")),
)
_NONE = N_("No plot or candidate in this season.")


def told(write: Writer) -> Group:
    """Return the plots that a page lists: of those nobody visited only the best scores."""
    view = write.view
    listed, crowd = split(view.plots)
    table = Table(
        "",
        write.headings(LISTED),
        [_listed(write, row) for row in listed],
        write(_NONE),
        left=frozenset(range(len(LISTED))) - {3, 5, 8},
        key="plots",
        kind="plots",
        codes=frozenset({0, 9}),
        names=frozenset({7}),
    )
    notes = _uncounted(write)
    if crowd:
        said = N_(
            "Not listed: {n} places with lower scores that nobody visited; the map and the plot files hold them all."
        )
        notes.append(write(said, n=write.number(len(crowd))))
    title = f"{write(N_('Plots and candidates'))} ({write.number(len(view.plots))})"
    return Group(title, (), (table,), "plots", notes)


def annex(write: Writer) -> Group:
    """Return every plot with all its figures, one in each column: what is unfinished first."""
    table = Table(
        "",
        write.headings(ANNEX),
        [_annexed(write, row) for row in by_importance(write.view.plots)],
        write(_NONE),
        left=frozenset({0, 1, 2, 3, 4, 5, 6, 11, 16, 17, 18, 19, 21}),
        key="plots_annex",
        kind="plots",
        codes=frozenset({0, 1, 16, 17, 18, 19}),
    )
    return Group(write(N_("All plots and candidates")), (), (table,), "plots_annex", _uncounted(write))


def _uncounted(write: Writer) -> list[str]:
    count = sum(not write.view.counts(row) for row in write.view.plots)
    said = N_("Of these, {n} lie abroad or on an unclear side: in no total.")
    return [write(said, n=write.number(count))] if count else []


def _listed(write: Writer, row: PlotRow) -> list[str]:
    episode, language = row.episode, write.language
    east, north = row.vn2000
    return [
        write.text(episode.plot.code),
        words.state(episode, language),
        row.klass,
        words.with_error(episode.area_m2, episode.area_se_m2, language),
        words.word(episode.area_method, language),
        write.number(episode.plant_count),
        popup.score(episode, language) or "–",
        write.text(row.commune),
        f"{write.number(east)} · {write.number(north)}",
        write.day(episode.first_seen),
        words.word(episode.plot.source, language),
        write.text(episode.unit),
    ]


def _annexed(write: Writer, row: PlotRow) -> list[str]:
    episode, language = row.episode, write.language
    return [
        *(write.text(episode.plot.code), episode.season.label, words.state(episode, language), row.klass),
        *(write.text(row.commune), write.text(episode.unit), words.word(episode.plot.source, language)),
        *(write.number(round(metres, 2), 2) for metres in row.vn2000),
        *(write.number(round(episode.area_m2)), write.number(round(episode.area_se_m2))),
        words.word(episode.area_method, language),
        *map(write.number, (episode.detected_m2, episode.claimed_m2, episode.verified_m2, episode.plant_count)),
        *map(write.day, (episode.first_seen, episode.detected_at, episode.eradicated_at, episode.verified_at)),
        write.number(episode.visits),
        write(N_("yes")) if write.view.counts(row) else write(N_("no")),
    ]
