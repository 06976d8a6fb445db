"""Reason codes in words. A code this table does not know is shown as it is, underscores as spaces."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from eradication.domain import Outcome, State
from eradication.domain.codes import Code
from eradication.errors import N_
from eradication.report.check_words import CHECKS
from eradication.report.words import clean, word

_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        # rows of visits without effect
        "eradicated_before_detected": N_("an eradication before anything was detected has no effect"),
        "verified_before_eradicated": N_("a verification before any eradication has no effect"),
        "regrown_before_eradicated": N_("regrowth before any eradication has no effect"),
        "harvested_without_open_detection": N_("a harvest without an open detection has no effect"),
        "self_removed_without_open_detection": N_("a removal without an open detection has no effect"),
        "verifier_not_independent": N_("the verifier found or eradicated it itself: another unit must verify"),
        "verifier_unit_unknown": N_("it counts, but the verifying unit is in no table of units"),
        "forced_verification": N_("the verifier was not independent; taken all the same, for the reason stated"),
        "crop_not_counted": N_("this crop is not counted in the ledger"),
        "area_missing": N_("no measured area: nothing could be counted"),
        # things for a person
        "other_content": N_(
            "two different rows bear the same unit, visit and outcome: both are kept, a person decides"
        ),
        "several_partners": N_("it could be one of several known plots: a person decides"),
        "possible_partners": N_("it could be a known plot: a person decides"),
        "merged_far_apart": N_("merged although the places lie far apart"),
        "nothing_known_of_part": N_("a part of a divided plot of which nothing is recorded: it has to be visited"),
        "area_divided_as_drawn": N_("measured as one plot; its area was divided as the parts were drawn"),
        "same_code": N_("two laptops gave the same code to two plots: one got a suffix"),
        "founding_event_missing": N_("the event that founded this plot has not arrived yet"),
        "target_unknown": N_("a correction names an event that has not arrived"),
        "readers_disagree": N_("two readers of one image do not agree: it stays to be checked on site"),
        "not_the_reader": N_("a drawing was corrected by another person than who drew it: it has no effect"),
        "same_reader": N_("the second reading of an image is by the first reader: another person must read it"),
        **CHECKS,
        # why a bound is not known
        "no_random_sample": N_("no cells were drawn at random"),
        "no_random_search": N_("none of the cells drawn at random has been searched yet"),
        "no_search": N_("no patrol has searched any unflagged ground yet"),
        "too_little_search": N_("too little unflagged ground has been searched yet"),
        "no_find": N_("no unforeseen plot has been found yet; only the upper end of the interval means anything"),
        "no_outlines": N_("no outline of a commune is known"),
        "not_computed_yet": N_("it is being computed"),
        "told_by_season": N_("it is told by season"),
        "told_of_province": N_("it is told in the province's report"),
        "too_few_recaptures": N_("not enough data: fewer than 7 plots are on both lists"),
        "no_random_visits": N_("no visit was drawn at random"),
        "no_random_visit_decided": N_("no visit drawn at random has decided yet"),
        # why a scene was not used
        "no_date": N_("it bears no date"),
        "offset_contradicted": N_("its pixels contradict its stated offset: quarantined"),
        "missing_item": N_("the item's file is missing"),
        "bad_item": N_("the item cannot be read"),
        "remote_item": N_("the item is not a local file"),
        "remote_asset": N_("the asset is not a local file"),
        "not_l2a": N_("not surface reflectance (level 2A)"),
        "no_bands": N_("none of its assets is a known band"),
        "no_usable_band": N_("none of its bands can be used"),
        "scl_unusable": N_("its scene classification cannot be read, so clouds could not be masked"),
        "no_offset_rule": N_("whether the offset was applied cannot be told"),
        "wrong_grid": N_("a band lies elsewhere than the others"),
        "unreadable": N_("some blocks cannot be decoded"),
        # why a file of an archive could not be fetched
        "http_401": N_("the archive asks for a sign-in"),
        "http_403": N_("the archive refuses it"),
        "http_404": N_("the archive does not have it"),
        "http_410": N_("the archive no longer has it"),
        "http_429": N_("the archive asks for patience: too many requests"),
        "http_500": N_("the archive has a fault"),
        "http_502": N_("the archive has a fault"),
        "http_503": N_("the archive is overloaded or closed"),
        "http_504": N_("the archive did not answer in time"),
        "timeout": N_("it stalled or took too long"),
        "slow": N_("it came too slowly"),
        "truncated": N_("the file ends too early"),
        "changed": N_("the file changed while it was fetched"),
        "unreachable": N_("no connection"),
        "refused_address": N_("its address is not one that may be asked"),
        "too_many_redirects": N_("it was sent from address to address"),
        "too_large": N_("it is larger than allowed"),
        "bad_answer": N_("the server's answer does not fit"),
        "no_token": N_("there is no access token for it"),
        "not_fetched": N_("it was not fetched: the limit was reached"),
        # what is warned of in tips
        "radius_assumed": N_("no radius stated: the usual one was taken"),
        "unit_missing": N_("the unit that received it is missing"),
        "out_of_season": N_("received between two seasons: no place is proposed"),
        "former_commune": N_("this commune no longer existed then"),
        "commune_differs": N_("the point lies in another commune than the one named"),
        "note_may_name_a_person": N_("the text may name a person, an identity card or a telephone"),
        "place_may_name_a_person": N_("the place may name a person, an identity card or a telephone"),
        "timezone_assumed": N_("the time states no zone: local time was taken"),
        "date_only": N_("a day without a time"),
        "day_before_month": N_("read as day, month, year"),
        "excel_day_number": N_("the time is a number of a spreadsheet"),
        "far_from_vietnam": N_("far from Vietnam"),
        "x_is_north": N_("x was read as north, as in cadastral tables"),
        "places_disagree": N_("the places that are stated lie apart"),
        "unknown_column": N_("a column that is not understood was left out"),
        "encoding_assumed": N_("the letters were read in an old code page"),
        # what is warned of in units and facts
        "letterhead_is_name": N_("no letterhead: its name stands on its letters"),
        "unknown_parent": N_("the unit above it is not on record"),
        "successor_without_end": N_("it names a successor but no last day"),
        "successor_begins_early": N_("its successor began before it ended"),
        "successor_not_there": N_("its successor does not exist on the day after"),
        "ends_without_successor": N_("it ends and nobody follows"),
        "unknown_unit": N_("the unit is not on record"),
        "claimed_above_detected": N_("more was destroyed than detected"),
        "verified_above_claimed": N_("more was verified than destroyed"),
        "area_differs_from_outline": N_("the stated area is not that of the outline"),
        "replaces_another": N_("it takes the place of an earlier row; that one stays on record"),
        "plot_not_known": N_("it names a plot that is not on record: only its outline says which plots lie on it"),
        "baseline_of_two_vintages": N_("communes of two vintages in one year: the same ground may count twice"),
        "source_may_name_a_person": N_("the source may name a person, an identity card or a telephone"),
        # what stands beside the ledger
        "estimated_conversion": N_("estimated conversion"),
        "replanted": N_("plants were found again"),
        "visited_clean": N_("visited, no plants"),
        "nobody_came": N_("nobody came to look"),
        "not_yet": N_("the season is not over yet"),
        "communes_missing": N_("not every commune has a figure"),
        "baseline_zero": N_("the baseline is zero"),
        "unit_and_commune": N_("the ledger has no figures of a unit in one commune"),
        "no_figures": N_("the ledger tells nothing of it"),
        # marks of fixes
        "bad_coordinates": N_("not on Earth"),
        "flagged_by_source": N_("marked by the device or program it comes from"),
        "future_time": N_("time in the future"),
        "implausible_time": N_("implausible time"),
        "poor_accuracy": N_("poor accuracy"),
        "poor_dilution": N_("poor satellite geometry"),
        "duplicate": N_("duplicate"),
        "time_reversed": N_("time runs backwards"),
        "spike": N_("spike"),
        "too_fast": N_("too fast on foot"),
        "vehicle": N_("in a vehicle"),
        "stationary": N_("standing still"),
    }
)


_HAS_NO_EFFECT = N_("'{what}' has no effect after '{before}'")


def sentence(code: str, language: str, translate: Callable[[str], str]) -> str:
    """Return what a reason code means, in the user's language."""
    known = _SENTENCES.get(code)
    if known is not None:
        return translate(known)
    what, after, before = code.partition("_after_")
    if after:
        return translate(_HAS_NO_EFFECT).format(what=_code_word(what, language), before=_code_word(before, language))
    return clean(translate(code).replace("_", " "))


def in_words(text: str, language: str) -> str:
    """Return the code of an outcome or a state in words, any other text as it is."""
    members: list[Code] = [*Outcome, *State]
    return next((word(member, language) for member in members if member.value == text), text)


def _code_word(text: str, language: str) -> str:
    known = in_words(text, language)
    return known if known != text else clean(text.replace("_", " "))
