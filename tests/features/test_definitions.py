"""A feature's definition tells whether two programs mean the same by its name."""

from dataclasses import replace

from eradication import features
from eradication.features import table


def test_every_feature_has_a_definition_of_its_own():
    told = features.definitions(f.name for f in features.FEATURES)
    assert list(told) == [f.name for f in features.FEATURES]
    # The two texts differ by window at least; two features with one definition would be one.
    assert len(set(told.values())) == len(told)


def test_a_name_that_is_no_feature_has_none():
    assert features.definitions(["bare", "swirl"]).keys() == {"bare"}


def test_a_change_shows_in_the_feature_and_in_those_computed_from_it(monkeypatch):
    names = ("bare", "rise", "rise_ring", "rise_texture", "fall", "ndvi_max")
    before = features.definitions(names)
    for change in ({"formula": "x"}, {"unit": "m"}, {"bands": ("nir",)}, {"window": "sep-nov"}):
        monkeypatch.setitem(table._KNOWN, "bare", replace(table._KNOWN["bare"], **change))
        after = features.definitions(names)
        assert {name for name in names if before[name] != after[name]} == {"bare", "rise", "rise_ring", "rise_texture"}
        monkeypatch.undo()


def test_a_source_is_no_part_of_it(monkeypatch):
    before = features.definitions(["bare"])
    monkeypatch.setitem(table._KNOWN, "bare", replace(table._KNOWN["bare"], source="somebody"))
    assert features.definitions(["bare"]) == before
