"""Answers of ``evaluate`` and ``models explain`` for the tests of their pages. Everything in them is made up."""

from typing import Any


def figure(name: str, value: float | None, n: int, **more: Any) -> dict[str, Any]:
    told = {"name": name, "value": value, "low": 0.2, "high": 0.8, "n": n, "kind": "season_out", "unit": "", "note": ""}
    return told | more


def evaluation(**changes: Any) -> dict[str, Any]:
    rate = {"unit": "1/1000 km2", "low": 0.0, "high": None}
    sizes = [(0.0, 100.0), (100.0, 350.0), (350.0, 2000.0), (2000.0, None)]
    answer = {
        "season": "2024-2025",
        "visits": 20,
        "plots": 12,
        "km2": 6.6,
        "prevalence": 0.002,
        "notes": ["unvisited_count_as_false", "only_found_plots_are_known"],
        "simulated": True,
        "name": "first",
        "version": "27cd7449ae74",
        "model_hash": "27cd",
        "learned_seasons": ["2022-2023", "2023-2024"],
        "figures": [
            figure("recall_AB", 0.75, 24),
            figure("recall_A", None, 0),
            figure("precision", 0.24, 120),
            figure("hectares_per_100_visits", 1.3637, 120, unit="ha", low=0.9, high=1.9),
            figure("false_per_1000_km2_at_0.5", 2746.58, 1, **rate),
            figure("false_per_1000_km2_at_0.85", None, 1, **rate),
            figure("precision_of_drawn_visits", 0.05, 60, kind="design_based"),
        ],
        "by_size": [
            {"low_m2": low, "high_m2": high, **figure("recall_by_size", 0.5 if low else None, 4 if low else 0)}
            for low, high in sizes
        ],
        "recall_by_visits": [
            {"visits": n, "value": n / 40, "low": n / 80, "high": n / 32, "n": 24} for n in (1, 5, 20, 30)
        ],
        "froc": [{"false_per_1000_km2": 150.0 * n, "recall": n / 10} for n in range(8)],
        "by_month": [
            {"month": "2024-12", **figure("precision_of_visited", 0.5, 6)},
            {"month": "", **figure("precision_of_visited", 1.0, 2)},
        ],
        "by_commune": [
            {"commune_code": "04048", "commune": "Xã Vân Hồ", "visited": 8, "found": 3},
            {"commune_code": "", "commune": "", "visited": 1, "found": 0},
        ],
        "importance": {
            "average_precision": 0.53,
            "plots": 51,
            "rejected": 372,
            "background": 5000,
            "kind": "season_out",
            "families": [
                {"name": "ring", "drop": 0.09, "low": 0.01, "high": 0.2, "features": 6},
                {"name": "something_new", "drop": -0.01, "low": None, "high": None, "features": 2},
            ],
            "features": [
                {"name": "bare_ring", "drop": 0.06, "low": 0.02, "high": 0.12},
                {"name": "ndvi_jan", "drop": 0.01, "low": -0.01, "high": 0.06},
            ],
        },
        "dependence": [
            {
                "name": "rise_texture",
                "values": [-0.3, 0.0, 0.2],
                "poppy": [0.5, 0.4, None],
                "background": [0.1, 0.05, 0.05],
                "unknown": {"poppy": 0.4, "background": None},
            }
        ],
    }
    return answer | changes


def band(middle: float) -> dict[str, list[float | None]]:
    return {"p10": [middle - 0.1] * 9 + [None], "p50": [middle] * 10, "p90": [middle + 0.1] * 10}


def explanation(**changes: Any) -> dict[str, Any]:
    classes = {"background": 0.6, "coffee": 0.8, "poppy": 0.5}
    answer = {
        "name": "first",
        "version": "27cd7449ae74",
        "model_hash": "27cd",
        "learned_seasons": ["2023-2024"],
        "candidate": "01f8e7861c8aaffc",
        "plot": "P-9f0e59bfbe",
        "code": "VH-25-001",
        "season": "2024-2025",
        "area_m2": 800.7,
        "listed_score": 0.97,
        "listed_by": "first/27cd7449ae74",
        "pixels": 8,
        "compared_with": 29888,
        "months": ["aug", "sep", "oct", "nov", "dec", "jan", "feb", "mar", "apr", "may"],
        "curve": {"ndvi": [None, 0.4, 0.2, 0.3, 0.6, 0.8, 0.6, 0.6, 0.3, 0.3], "ndyi": [0.1] * 10},
        "envelopes": {name: {"plots": 9, "ndvi": band(at), "ndyi": band(0.1)} for name, at in classes.items()},
        "inside": [{"class": "poppy", "plots": 9, "inside": 12, "known": 18}],
        "score": 0.98,
        "families": [
            {"name": "calendar", "features": 21, "score_without": 0.9, "raises": 1.7},
            {"name": "bloom", "features": 5, "score_without": 0.99, "raises": -0.4},
        ],
        "features": [{"name": "fall", "value": 0.55, "around": None, "score_without": 0.9, "raises": 1.7}],
        "notes": [],
        "simulated": True,
    }
    return answer | changes
