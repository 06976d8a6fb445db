"""The computed sun against what real items of two satellites state."""

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from eradication import sun

WHOLE_SCENES = (
    "odc-stac/LC08_L2SP_028030_20200114_20200824_02_T1_SR.json",
    "odc-stac/LE07_L2SP_044033_20210329_20210424_02_T1_SR.json",
    "odc-stac/S2B_MSIL2A_20190629T212529_R043_T06VVN_20201006T080531.json",
    "odc-stac/ga_ls8c_ard_3-1-0_088080_2020-05-25_final.stac-item.json",
    "stactools-sentinel2/tests/data-files/S2A_OPER_MSI_L2A_TL_SGS__20181231T210250_A018414_T10SDG/expected_output.json",
    "stactools-sentinel2/tests/data-files/S2A_OPER_MSI_L2A_TL_2APS_20240108T121951_A044635_T34VEL/expected_output.json",
    "stactools-sentinel2/tests/data-files/S2A_OPER_MSI_L2A_TL_VGS1_20220401T110010_A035382_T34LBP/expected_output.json",
)
"""Items whose footprint is about as large as their scene, away from the 180th meridian."""


@pytest.mark.parametrize("name", WHOLE_SCENES)
def test_the_computed_sun_is_that_of_the_item(shared_data: Path, name: str) -> None:
    item = json.loads((shared_data / "stac" / name).read_text(encoding="utf-8"))
    west, south, east, north = item["bbox"]
    place = (west + east) / 2, (south + north) / 2
    when = datetime.fromisoformat(item["properties"]["datetime"])
    stated = sun.of_item(item["properties"], when, *place)
    assert stated.source == "item"
    apart = np.degrees(np.arccos(np.clip(np.dot(stated.vector, sun.position(when, *place).vector), -1, 1)))
    # Half a degree is the formula's; the rest is the extent of a scene and the minutes its strip takes.
    assert apart < 1.0
