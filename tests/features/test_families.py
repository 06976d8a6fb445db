"""Families of features: every feature has one."""

from eradication import features
from eradication.features.families import OTHER


def test_every_feature_is_of_one_family_and_every_family_has_features_that_exist():
    of = [name for names in features.FAMILIES.values() for name in names]
    assert len(of) == len(set(of))
    assert set(of) == {feature.name for feature in features.FEATURES}


def test_names_come_back_by_family_in_their_order_and_strangers_together():
    told = features.by_family(("rise_ring", "bloom", "new", "ndvi_jan", "bare"))
    assert told == {"calendar": ("ndvi_jan", "bare"), "bloom": ("bloom",), "ring": ("rise_ring",), OTHER: ("new",)}
