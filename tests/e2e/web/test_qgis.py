"""QGIS itself, as Debian ships it, without a screen: layers of OGC API Features and map tiles, with a token."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web import live
from web.test_tiles import pictured as pictured
from web.world import World

from eradication.pipeline.reception import devices

PYTHON = shutil.which("python3", path="/usr/bin")
CLIENT = """
import json, sys
from qgis.core import (QgsApplication, QgsAuthMethodConfig, QgsCoordinateReferenceSystem, QgsCoordinateTransform,
    QgsMapRendererSequentialJob, QgsMapSettings, QgsNetworkAccessManager, QgsProject, QgsRasterLayer, QgsRectangle,
    QgsVectorLayer)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

url, picture, way, device, secret, lon, lat = sys.argv[1:]
app = QgsApplication([], False)
app.initQgis()
auth = ""
if way == "basic":  # as a user enters it under Authentication
    manager = QgsApplication.authManager()
    manager.init()
    manager.setMasterPassword("of this test alone", True)
    config = QgsAuthMethodConfig("Basic")
    config.setName("eradication")
    config.setConfigMap({"username": device, "password": secret, "realm": ""})
    stored = manager.storeAuthenticationConfig(config)
    config = stored[1] if isinstance(stored, tuple) else config
    auth = config.id()
elif way == "header":
    def shown(request):
        request.setRawHeader(b"Authorization", f"Bearer {device}.{secret}".encode())
    QgsNetworkAccessManager.setRequestPreprocessor(shown)
told, log = {}, []
app.messageLog().messageReceived.connect(lambda *one: log.append(str(one[0])))
for name in ("plots", "visits", "communes"):
    layer = QgsVectorLayer(f"url='{url}/ogc' typename='{name}'" + (f" authcfg={auth}" if auth else ""), name, "OAPIF")
    field = "visit_id" if name == "visits" else "code"
    told[name] = layer.isValid() and sorted(str(one[field]) for one in layer.getFeatures())
    if name == "plots" and layer.isValid():
        told["columns"] = [field.name() for field in layer.fields()]
        layer.setSubsetString("\\"commune_code\\" = '04048'")
        told["west"] = len(list(layer.getFeatures()))
tiles = QgsRasterLayer(f"type=xyz&url={url}/tiles/{picture}/%7Bz%7D/%7Bx%7D/%7By%7D.png&zmin=0&zmax=20"
                       + (f"&authcfg={auth}" if auth else ""), "tiles", "wms")
settings, metres = QgsMapSettings(), QgsCoordinateReferenceSystem("EPSG:3857")
place = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"), metres, QgsProject.instance())
middle = place.transform(float(lon), float(lat))
settings.setLayers([tiles])
settings.setDestinationCrs(metres)
settings.setExtent(QgsRectangle(middle.x() - 20, middle.y() - 20, middle.x() + 20, middle.y() + 20))
settings.setOutputSize(QSize(64, 64))
settings.setBackgroundColor(QColor(255, 0, 255))
job = QgsMapRendererSequentialJob(settings)
job.start()
job.waitForFinished()
told["pixel"] = list(job.renderedImage().pixelColor(40, 40).getRgb()[:3])
told["log"] = log
print(json.dumps(told))
sys.stdout.flush()
import os
os._exit(0)  # QGIS takes long to tidy up
"""


def why_not() -> str:
    if PYTHON is None:
        return "no /usr/bin/python3"
    asked = [PYTHON, "-c", "import qgis.core"]
    found = subprocess.run(asked, capture_output=True, check=False, env={"PATH": "/usr/bin"})
    return "" if found.returncode == 0 else "no QGIS (Debian: apt install python3-qgis)"


pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def served(pictured: World) -> Iterator[str]:
    if reason := why_not():
        pytest.skip(reason)
    with live.served(pictured.app) as server:
        yield server.url


def told(served: str, home: Path, way: str, device: str, secret: str) -> dict[str, Any]:
    from web.world import GROUND, A

    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8",
                   "XDG_RUNTIME_DIR": str(home), "QGIS_CUSTOM_CONFIG_PATH": str(home / "qgis")}  # fmt: skip
    lon, lat = GROUND[A]
    command = [str(PYTHON), "-c", CLIENT, served, "review-uav-1", way, device, secret, str(lon), str(lat)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


@pytest.mark.parametrize("way", ["basic", "header"])
def test_qgis_shows_layers_and_pictures_to_whoever_has_a_token(pictured: World, served: str, tmp_path: Path, way: str):
    issued = devices.issue(pictured.place, "reviewer", "QGIS", ["map"], pictured.people["reviewer"].person_id)
    found = told(served, tmp_path, way, issued["device_id"], issued["secret"])
    assert found["plots"], found["log"]
    assert len(found["plots"]) == 6
    assert len(found["visits"]) == 2
    assert found["communes"] == ["04048", "04049"]
    assert {"plot_id", "state", "area_m2", "season"} <= set(found["columns"])
    assert found["west"] == 3
    assert found["pixel"] == [200, 200, 200]


def test_qgis_is_shown_nothing_without_a_token(pictured: World, served: str, tmp_path: Path):
    found = told(served, tmp_path, "none", "dev-00000000", "nothing")
    assert [found[name] for name in ("plots", "visits", "communes")] == [False] * 3
    assert found["pixel"] == [255, 0, 255]
    assert os.environ.get("QGIS_CUSTOM_CONFIG_PATH") is None
