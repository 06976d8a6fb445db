"""What was really there, for whoever measures how well it was found."""

import json
from pathlib import Path

from shapely.geometry import mapping

from eradication import geo
from eradication.simulation.phenology import POPPY_STAGES
from eradication.simulation.plots import TruePlot
from eradication.simulation.recipe import LABEL
from eradication.simulation.world import World


def features(world: World) -> list[dict[str, object]]:
    """Return every plot as a GeoJSON feature (WGS 84), areas in m² by its outline."""
    return [
        {
            "type": "Feature",
            "id": plot.id,
            "geometry": _rounded(mapping(world.outline(plot))),
            "properties": _properties(world, plot),
        }
        for plot in world.plots
    ]


def _properties(world: World, plot: TruePlot) -> dict[str, object]:
    lon, lat = geo.centre(world.outline(plot))
    return {
        "plot": plot.id,
        "simulated": True,
        "note": LABEL,
        "class": plot.klass.value,
        "area_m2": round(plot.area_m2, 1),
        "poppy_m2": round(plot.area_m2 * plot.poppy_share, 1),
        "mix": plot.mix,
        "zone": plot.zone,
        "colour": plot.colour,
        "plants": round(plot.area_m2 * plot.poppy_share * plot.plants_per_m2),
        "lon": round(lon, 6),
        "lat": round(lat, 6),
        "parts": [
            {
                "share": round(share, 3),
                "sown": world.date(sowing).isoformat(),
                **{stage: world.date(sowing + day).isoformat() for day, stage in POPPY_STAGES},
            }
            for sowing, share in zip(plot.sowings, plot.shares, strict=True)
        ],
    }


def _rounded(geometry: dict[str, object]) -> object:
    def shorten(value: object) -> object:
        if isinstance(value, (list, tuple)):
            return [shorten(v) for v in value]
        return round(value, 7) if isinstance(value, float) else value

    return {"type": geometry["type"], "coordinates": shorten(geometry["coordinates"])}


def write(world: World, path: Path) -> Path:
    """Write all plots as GeoJSON and return the path."""
    document = {
        "type": "FeatureCollection",
        "name": LABEL,
        "simulated": True,
        "recipe": {
            "seed": world.recipe.seed,
            "season": world.recipe.season.label,
            "size_px": world.recipe.size_px,
            "commune_code": world.recipe.commune_code,
        },
        "features": features(world),
    }
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path
