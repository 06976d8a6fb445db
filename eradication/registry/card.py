"""The model card: what a person reads before using a model."""

from eradication.domain.model import TrainedModel

_LEARNERS = {
    "trees": "average of boosted trees and extremely randomised trees",
    "logistic": "L2 logistic regression on a few season features",
    "rules": "the transparent rule score; nothing was learned",
}
_WARNINGS = {
    "few_positive_plots": "Few plots with poppy: a simpler learner was used.",
    "no_rejected_plots": "No rejected visit: it has not met a look-alike that someone checked.",
    "features_unobserved": "Some months had too few clear looks; their features were left out.",
    "features_missing": "Some features could not be computed because bands are missing.",
}


def card(model: TrainedModel) -> str:
    """Return the card of ``model`` as Markdown."""
    counts = "\n".join(f"- {name.replace('_', ' ')}: {number}" for name, number in model.counts.items())
    notes = "\n".join(f"- {_WARNINGS.get(code, code)}" for code in model.warnings) or "- none"
    return f"""# {model.name} {model.version}

Learner: {_LEARNERS.get(model.learner, model.learner)}. Seed {model.seed}. Content hash `{model.model_hash}`.

Its output is a **priority score** (mức ưu tiên), not a probability: it says where to look first and accuses nobody.

## Learned from

- seasons: {", ".join(model.seasons) or "none"}
{counts}
- data hash: `{model.data_hash or "unknown"}`

Unvisited pixels are background with a weight below 1, not negatives. Judging is split by plot, never by pixel.

## Know before use

{notes}

## Features

{", ".join(model.features) or "those of the rules"}
"""
