"""Import the library's own method by its module, or from its file. For the exercise on methods."""

import importlib
import pathlib

import optedu

try:
    Descent = importlib.import_module("optedu.gradient.barzilai_borwein").BarzilaiBorwein
except ImportError:
    path = pathlib.Path(optedu.__file__).parent / "gradient" / "barzilai_borwein.py"
    exec(path.read_text())
