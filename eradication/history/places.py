"""From facts to plots: ids that turn out to be one place become aliases of the first.

Two ids are one place if the same candidate or the same visit row was placed twice, or if plots founded by *different*
origins satisfy the identity rule among themselves only: every plot of the group with every other, no two of them from
one origin (that origin saw both and held them apart). Anything less clear is listed for a person.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from eradication.config import Settings
from eradication.domain import Plot
from eradication.history.decisions import Decisions, Pair, Part
from eradication.history.facts import Fact, Facts
from eradication.history.findings import Finding
from eradication.history.identity import Footprint, Neighbours
from eradication.history.plot_facts import MEASURING, Locate, age, bare_plot, is_placed, plot_of


@dataclass(slots=True)
class _Names:
    """Which id stands for which: union by the earliest founded id."""

    rank: Mapping[str, tuple[object, ...]]
    parent: dict[str, str] = field(default_factory=dict)

    def of(self, plot_id: str) -> str:
        while plot_id in self.parent:
            plot_id = self.parent[plot_id]
        return plot_id

    def join(self, a: str, b: str) -> None:
        a, b = self.of(a), self.of(b)
        if a == b:
            return
        first, second = sorted((a, b), key=lambda plot_id: self.rank[plot_id])
        self.parent[second] = first


@dataclass(frozen=True, slots=True)
class Places:
    """The plots, and the name each id goes by."""

    plots: dict[str, Plot]
    """By id."""
    names: Mapping[str, str]
    """Any id ever used → the id of its plot; ids without a place are absent."""
    findings: list[Finding]


def settle(facts: Facts, decided: Decisions, locate: Locate, settings: Settings) -> Places:
    """Return the plots that the facts speak of.

    Args:
        facts: what counts, those of divided plots already given to their parts.
        decided: what people decided about places.
        locate: longitude, latitude → commune code, empty outside.
        settings: thresholds in ``settings.identity``.
    """
    facts = _with_places(facts)
    seeds = _seeds(facts.counted)
    names = _Names({plot_id: age(fact) for plot_id, fact in seeds.items()})
    _join_placed_twice(facts, names)
    for one, other in decided.together:
        if one in names.rank and other in names.rank:
            names.join(one, other)
    apart = {frozenset(map(names.of, pair)) for pair in decided.apart}
    findings = _join_across_origins(facts.counted, seeds, names, apart, settings)
    members: dict[str, list[Fact]] = {}
    for fact in facts.counted:
        if fact.plot_id in seeds:
            members.setdefault(names.of(fact.plot_id), []).append(fact)
    parts = {part.plot_id: part for split in decided.splits for part in split.parts}
    resolved = _resolved(facts, {plot_id: names.of(plot_id) for plot_id in seeds}, decided)
    others = _other_names(resolved, decided)
    plots = [
        plot_of(plot_id, group, others[plot_id] - {plot_id}, locate, parts.get(plot_id))
        for plot_id, group in sorted(members.items())
    ]
    plots, doubled = _distinct_codes(plots, seeds)
    # A part that was joined with another plot afterwards is that plot.
    bare = [part for plot_id, part in parts.items() if plot_id not in seeds and plot_id in others]
    plots += [bare_plot(part, others[part.plot_id] - {part.plot_id}, locate) for part in bare]
    findings += doubled + _ambiguities(facts.counted, resolved, apart) + _unspoken(bare, facts, decided)
    return Places({plot.id: plot for plot in plots}, resolved, findings)


def _resolved(facts: Facts, resolved: dict[str, str], decided: Decisions) -> dict[str, str]:
    """Return any id ever used → the id of its plot; given are those of the ids that have a place of their own."""
    for again, first in facts.duplicates:
        # Later events of the other laptop may name the id under which the duplicate was placed.
        if first.plot_id in resolved:
            resolved.setdefault(again.plot_id, resolved[first.plot_id])
    for split in decided.splits:
        for part in split.parts:
            resolved.setdefault(part.plot_id, part.plot_id)
        for name in split.names:
            resolved.setdefault(name, resolved[split.parts[0].plot_id])
    return resolved


def _other_names(resolved: Mapping[str, str], decided: Decisions) -> dict[str, set[str]]:
    """Return the id of a plot → all ids that stand for it, and codes of what it was before it was divided."""
    others: dict[str, set[str]] = {}
    for other, plot_id in resolved.items():
        others.setdefault(plot_id, set()).add(other)
    for split in decided.splits:
        others[resolved[split.parts[0].plot_id]].update(split.codes)
    return others


def _with_places(facts: Facts) -> Facts:
    """Let a withdrawn founder say where its plot lies if others speak of the plot and none of them says where."""
    placed = {fact.plot_id for fact in facts.counted if is_placed(fact)}
    missing = {fact.plot_id for fact in facts.counted} - placed
    grounds = {fact.plot_id: fact for fact in reversed(facts.places) if fact.plot_id in missing}
    return replace(facts, counted=[*facts.counted, *grounds.values()]) if grounds else facts


def _unspoken(bare: Sequence[Part], facts: Facts, decided: Decisions) -> list[Finding]:
    """List parts of which nothing is recorded: somebody has to look."""
    spoken_of = {fact.plot_id for fact in facts.counted}
    keys = {part.plot_id: split.key for split in decided.splits for part in split.parts}
    return [
        Finding("part_without_record", "nothing_known_of_part", part.plot_id, "", keys[part.plot_id], part.code)
        for part in bare
        if part.plot_id not in spoken_of
    ]


def _seeds(facts: Iterable[Fact]) -> dict[str, Fact]:
    """Return for each id the fact that gives its first place: its first founder, else the first that states a place.

    The second case is an id whose founding event has not arrived, or was struck out.
    """
    seeds: dict[str, Fact] = {}
    for fact in sorted(filter(is_placed, facts), key=age):
        seeds.setdefault(fact.plot_id, fact)
    return seeds


def _join_placed_twice(facts: Facts, names: _Names) -> None:
    pairs = list(facts.duplicates)
    first_by_candidate: dict[str, Fact] = {}
    for fact in sorted((f for f in facts.counted if f.candidate), key=lambda f: (f.recorded_at, *f.key)):
        assert fact.candidate is not None
        pairs.append((fact, first_by_candidate.setdefault(fact.candidate.id, fact)))
    for again, first in pairs:
        both_known = again.plot_id in names.rank and first.plot_id in names.rank
        if both_known and (again.founding or first.founding):
            names.join(again.plot_id, first.plot_id)


def _join_across_origins(
    facts: Sequence[Fact], seeds: Mapping[str, Fact], names: _Names, decided: Collection[Pair], settings: Settings
) -> list[Finding]:
    origins: dict[str, set[str]] = {}
    apart: set[Pair] = set(decided)
    for fact in facts:
        if fact.founding and fact.plot_id in seeds:
            origins.setdefault(names.of(fact.plot_id), set()).add(fact.key[0])
            apart |= {frozenset((names.of(fact.plot_id), names.of(other))) for other in fact.ambiguous_with}
    links = _links(_standing(facts, seeds, names, sorted(origins)), settings)
    links = {pair for pair in links if pair not in apart and origins[min(pair)].isdisjoint(origins[max(pair)])}
    findings: list[Finding] = []
    for group in _groups(links):
        pairs = [frozenset(pair) for pair in combinations(group, 2)]
        if all(pair in links for pair in pairs):
            for other in group[1:]:
                names.join(group[0], other)
        else:
            seed = seeds[group[0]]
            what = ", ".join(group)
            findings.append(Finding("ambiguous_place", "several_partners", group[0], "", seed.key, what))
    return findings


def _standing(
    facts: Iterable[Fact], seeds: Mapping[str, Fact], names: _Names, roots: Iterable[str]
) -> dict[str, Footprint]:
    """Return each plot's outline as measured on the ground, else the place where it was founded.

    Who measures two lots side by side holds them apart, although both began as points.
    """
    walked = {names.of(f.plot_id): f.footprint for f in facts if f.outline is not None and f.trigger in MEASURING}
    placed = {plot_id: walked.get(plot_id) or seeds[plot_id].footprint for plot_id in roots}
    return {plot_id: replace(place, id=plot_id) for plot_id, place in placed.items() if place is not None}


def _links(footprints: Mapping[str, Footprint], settings: Settings) -> set[frozenset[str]]:
    index = Neighbours(list(footprints.values()), settings)
    links: set[frozenset[str]] = set()
    for plot_id, footprint in footprints.items():
        overlapping, near = index.partners(footprint)
        links |= {frozenset((plot_id, other)) for other in (*overlapping, *near) if other != plot_id}
    return links


def _groups(links: Iterable[frozenset[str]]) -> list[list[str]]:
    """Return the connected groups, each sorted, in order."""
    group_of: dict[str, set[str]] = {}
    for pair in links:
        joined = set(pair).union(*(group_of.get(plot_id, set()) for plot_id in pair))
        for plot_id in joined:
            group_of[plot_id] = joined
    return sorted({tuple(sorted(group)): sorted(group) for group in group_of.values()}.values())


def _distinct_codes(plots: Sequence[Plot], seeds: Mapping[str, Fact]) -> tuple[list[Plot], list[Finding]]:
    """Keep codes permanent and unlike: laptops apart may give one code to two plots; all but the first get a suffix."""
    taken: dict[str, str] = {}
    findings: list[Finding] = []
    answer: list[Plot] = []
    for plot in sorted(plots, key=lambda plot: age(seeds[plot.id])):
        if plot.code and plot.code in taken:
            findings.append(
                Finding(
                    "code_taken_twice", "same_code", plot.id, "", seeds[plot.id].key, f"{plot.code}: {taken[plot.code]}"
                )
            )
            plot = replace(plot, code=f"{plot.code}-{plot.id[2:5]}")
        taken.setdefault(plot.code, plot.id)
        answer.append(plot)
    return answer, findings


def _ambiguities(facts: Iterable[Fact], names: Mapping[str, str], apart: Collection[Pair]) -> list[Finding]:
    findings: list[Finding] = []
    for fact in facts:
        own = names.get(fact.plot_id, fact.plot_id)
        meant = {names.get(other, other) for other in fact.ambiguous_with} - {own}
        others = sorted(other for other in meant if frozenset((own, other)) not in apart)
        if others:
            what = ", ".join(others)
            findings.append(Finding("ambiguous_place", "possible_partners", own, fact.season.label, fact.key, what))
    return findings
