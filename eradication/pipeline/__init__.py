"""The pipeline: where the steps meet each other and the store. Begin reading at ``main_path.py``."""

from eradication.pipeline.workspace import Workspace, created, latest_closed_season, opened, settings_for, write_whole

__all__ = ["Workspace", "created", "latest_closed_season", "opened", "settings_for", "write_whole"]
