"""Drawings for the page of a candidate, each one SVG file: what images showed, its season, what its score rests on."""

from eradication.domain import Season
from eradication.errors import N_, UnusableInput
from eradication.i18n import translator
from eradication.pipeline.kept import Wanted
from eradication.pipeline.reception import reach, views
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.review import evidence
from eradication.report import chip_svg

BEFORE, AFTER, CURVE, WHY = "before", "after", "curve", "why"
NAMES = (BEFORE, AFTER, CURVE, WHY)


def drawing(place: Place, caller: Caller, plot_id: str, season: Season, name: str, language: str) -> str:
    """Return one of :data:`NAMES` as an SVG file.

    Raises:
        UnusableInput: ``no_such_plot``, ``no_such_file``: nothing of it was prepared.
    """
    if not plot_id or not views.seen(place, reach.of(caller), Wanted(season, plot_id=plot_id)):
        raise views.no_such_plot(plot_id)
    if name in (BEFORE, AFTER):
        found = evidence.pictures(place.workspace, plot_id, season)
        if found is None:
            raise views.no_such_plot(plot_id)
        pair, episode = found
        side = pair.before if name == BEFORE else pair.after
        return chip_svg.render(side, episode.ground, language, translator(language))
    drawn = _explained(place, plot_id, season, name, language)
    if not drawn:
        hint = N_("Ask for pictures and explanations of the season; it is long work.")
        raise UnusableInput("no_such_file", N_("Nothing of this place is prepared."), hint=hint)
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _explained(place: Place, plot_id: str, season: Season, name: str, language: str) -> str:
    told = evidence.explanation(place.workspace, plot_id, season)
    if told is None or name not in NAMES:
        return ""
    from eradication.report import explanation  # brings matplotlib
    from eradication.report.model_page import AnswerView

    view = AnswerView(told, language, translator(language))
    return explanation.curves(view) if name == CURVE else explanation.raises(view)
