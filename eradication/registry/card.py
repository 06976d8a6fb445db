"""The model card: what a person reads before using a model."""

from collections import Counter
from datetime import datetime

from eradication.domain.event import SIMULATED, iso
from eradication.domain.model import TrainedModel
from eradication.registry.meta import libraries

_LEARNERS = {
    "trees": "boosted trees, extremely randomised trees and small neural networks together",
    "logistic": "L2 logistic regression on a few season features",
    "rules": "the transparent rule score; nothing was learned",
}
_WARNINGS = {
    "few_positive_plots": "Few plots with poppy: a simpler learner was used.",
    "no_rejected_plots": "No rejected visit: it has not met a look-alike that someone checked.",
    "features_unobserved": "Some months had too few clear looks; their features were left out.",
    "features_missing": "Some features could not be computed because bands are missing.",
}


def card(model: TrainedModel, when: datetime) -> str:
    """Return the card of ``model``, saved at ``when``, as Markdown."""
    software = ", ".join(f"{name} {number}" for name, number in libraries().items())
    simulated = f"\n**{SIMULATED}.** What it learned from was not observed.\n" if model.schooling.simulated else ""
    return f"""# {model.name} {model.version}
{simulated}
Learner: {_LEARNERS.get(model.learner, model.learner)}. {model.schooling.reason}
Seed {model.seed}. Content hash `{model.model_hash}`. Saved {iso(when)}.

Its output is a **priority score** (mức ưu tiên), not a probability: it says where to look first and accuses nobody.

## Learned from

- seasons: {", ".join(model.seasons) or "none"}
{_counts(model)}
- data hash: `{model.data_hash or "unknown"}`

Pixels nobody visited are background with a weight below 1, not negatives.

## Held out while training

{_figures(model)}

A plot passes if its best pixel scores above 199 of 200 background pixels that the gate lets through, by a model that
did not learn from its season (`season_out`) or commune (`spatial`). Accuracy is measured by `eradication evaluate`.

## Know before use

{_notes(model)}

## Images

{_images(model)}

## Features

{_features(model)}

## Software

{software}. A model of another version of scikit-learn is opened only where the two were tested together.
"""


def _counts(model: TrainedModel) -> str:
    return "\n".join(f"- {name.replace('_', ' ')}: {number}" for name, number in model.counts.items())


def _notes(model: TrainedModel) -> str:
    return "\n".join(f"- {_WARNINGS.get(code, code)}" for code in model.warnings) or "- none"


def _figures(model: TrainedModel) -> str:
    """Say what was measured: kind, number and interval of each figure."""
    told = model.figures.get("held_out")
    rows = [figure for figure in told if isinstance(figure, dict)] if isinstance(told, list) else []
    if not rows:
        return "Nothing was measured: there was one season and one commune, or nothing was learned."
    return "\n".join(
        f"- {str(f['name']).replace('_', ' ')}: {f['value']}, 95 % interval {f['low']} to {f['high']}, n = {f['n']}, "
        f"kind {f['kind']}"
        for f in rows
    )


def _images(model: TrainedModel) -> str:
    """List scenes by season; seasons before those taught show which land is never bare."""
    parts = []
    for season, scenes in model.schooling.scenes.items():
        counted = sorted(Counter(baseline or "not stated" for baseline in scenes.values()).items())
        baselines = ", ".join(f"{baseline} ({count})" for baseline, count in counted)
        use = "" if season in model.seasons else ", an earlier year, for permanence only"
        ids = "\n".join(f"- {scene}" for scene in scenes)
        parts.append(f"### {season}{use}\n\nScenes: {len(scenes)}. Processing baselines: {baselines}.\n\n{ids}")
    return "\n\n".join(parts) or "Not stated."


def _features(model: TrainedModel) -> str:
    said = model.schooling.definitions
    return "\n".join(f"- `{name}`: {said.get(name, 'not stated')}" for name in model.features) or "Those of the rules."
