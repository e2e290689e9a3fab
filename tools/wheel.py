"""What goes into the built package besides its sources: the exercises' public editions."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PublicExercises(BuildHookInterface):
    """An installed optedu has no checkout, so it carries what students may see, and no more."""

    PLUGIN_NAME = "custom"

    def initialize(self, version, build_data):
        sources = Path(self.root, "book", "exercises")
        if version == "editable" or not sources.is_dir():
            return  # a checkout has the sources, a source distribution the editions
        sys.path.insert(0, self.root)
        from optedu.exercises import library

        target = f"optedu/exercises/{library.PUBLIC}"
        self.folder = tempfile.TemporaryDirectory()
        made = Path(self.folder.name, library.PUBLIC)
        made.write_text(library.public_editions(sources), encoding="utf-8")
        build_data["force_include"][str(made)] = target

    def finalize(self, version, build_data, artifact_path):
        if hasattr(self, "folder"):
            self.folder.cleanup()
