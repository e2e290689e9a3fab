"""The same text over another array library: what a run on a GPU calls.

Steps and oracles are written with NumPy's functions, and CuPy has them under the same names. The
*twin* of a function has its very code, and names that lead elsewhere: ``np`` to the library of the
device, functions of this package to their twins, and the loops of `optedu.kernels` to kernels
written by hand (`optedu.cuda.substitutes`). The twin of a class has twins of its functions, and the
twin of a problem or of a method has that class, and its arrays on the device.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np

from optedu import protocol
from optedu.certificates import Rule, rule_for
from optedu.cuda.arrays import Library
from optedu.cuda.looks import Looks
from optedu.cuda.places import lives_on_a_device

PACKAGE = "optedu"

ON_THE_HOST = ("minimum", "minimizer")
"""What a problem knows of its solution, and may have to ask SciPy for."""


class Twins:
    """Twins of functions, classes, problems and methods for one device and precision.

    Parameters
    ----------
    library : Library
        What ``np`` is.
    substitutes : callable
        From the twins, a dict of functions by those in whose place they are called.
    """

    def __init__(
        self,
        library: Library,
        substitutes: Callable[[Twins], dict[Callable[..., Any], Callable[..., Any]]],
    ) -> None:
        self.library = library
        self._functions: dict[Callable[..., Any], Callable[..., Any]] = {}
        self._classes: dict[type, type] = {}
        self.memories: list[Any] = []
        self._looks = Looks(self)
        self._functions |= {
            rule_for: self._rule_for,
            **self._looks.functions(),
            **substitutes(self),
        }

    def forget(self) -> None:
        """Let go what substitutes keep of the arrays of a run."""
        for memory in self.memories:
            memory.forget()

    def _rule_for(self, problem: Any) -> Rule:
        rule = rule_for(problem)
        return rule._replace(compute=self.function(rule.compute))

    def function(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return what is called in the place of a plain function: its substitute, or its twin."""
        known = self._functions.get(function)
        if known is not None or not isinstance(function, types.FunctionType):
            return known or function
        return self.text(function, lambda twin: self._functions.update({function: twin}))

    def text(
        self, function: Callable[..., Any], known: Callable[[Any], Any] = lambda twin: None
    ) -> Callable[..., Any]:
        """Return the twin of a plain function, also of one that has a substitute.

        Parameters
        ----------
        function : callable
        known : callable, optional
            Gets the twin before the function's names are looked at: it may call itself.
        """
        scope = {"__builtins__": function.__globals__["__builtins__"], "__name__": __name__}
        cells = function.__closure__ and tuple(
            types.CellType(self._seen(cell.cell_contents)) for cell in function.__closure__
        )
        twin = types.FunctionType(
            function.__code__, scope, function.__name__, function.__defaults__, cells
        )
        twin.__kwdefaults__ = function.__kwdefaults__
        known(twin)
        for name in _names_in(function.__code__):
            if name in function.__globals__:
                scope[name] = self._seen(function.__globals__[name])
        return twin

    def of_class(self, cls: type) -> type:
        """Return the twin of a class of problems or methods: a subclass."""
        if cls not in self._classes:
            self._classes[cls] = twin = type(cls.__name__, (cls,), {"__slots__": ()})
            for base in reversed(cls.__mro__):
                if base in protocol.classes:
                    for name, part in vars(base).items():
                        if (made := self._part(name, part)) is not None:
                            setattr(twin, name, made)
        return self._classes[cls]

    def _part(self, name: str, part: Any) -> Any:
        if name in ON_THE_HOST and isinstance(part, property):
            return property(lambda twin: self.value(getattr(self.home(twin, False), name)))
        if isinstance(part, types.FunctionType) and not part.__name__.startswith("_"):
            return self._looks.remembering(name, self.function(part))
        if isinstance(part, property) and part.fget is not None:
            return property(self.function(part.fget))
        if isinstance(part, np.ndarray):
            return self.library.put(part)
        if isinstance(part, staticmethod | classmethod):
            return type(part)(self.function(part.__func__))
        return None

    def value(self, value: Any) -> Any:
        """Return the twin of a problem, a method or a part of one, its arrays on the device."""
        if isinstance(value, np.ndarray) or lives_on_a_device(value):
            return self.library.put(value)
        if not isinstance(value, tuple):
            return value
        parts = [self.value(part) for part in value]
        cls = type(value)
        if cls in self._classes.values():
            return tuple.__new__(cls, parts)
        if cls not in protocol.classes:
            return cls(*parts) if hasattr(cls, "_fields") else tuple(parts)
        return tuple.__new__(self.of_class(cls), parts)

    def home(self, value: Any, stays: bool) -> Any:
        """Return what `value` made as the caller knows it.

        Parameters
        ----------
        value : object
        stays : bool
            Whether arrays stay on the device; else they and numbers there are NumPy's.
        """
        if isinstance(value, tuple):
            if not stays and type(value) in self._classes.values():
                return self._original(value)
            parts = [self.home(part, stays) for part in value]
            if type(value) in self._classes.values():
                return tuple.__new__(type(value).__base__, parts)
            return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
        return value if stays else self.library.host(value)

    def _original(self, twin: Any) -> Any:
        """Return a problem or a method as it is on the host: its arrays in double precision."""
        parts = (self.home(part, False) for part in twin)
        doubled = (
            part.astype(np.float64) if isinstance(part, np.ndarray) and part.itemsize < 8 else part
            for part in parts
        )
        return tuple.__new__(type(twin).__base__, doubled)

    def _seen(self, value: Any) -> Any:
        """Return what a name leads to in a twin."""
        if value is np:
            return self.library
        if isinstance(value, types.ModuleType) and value.__name__.startswith(PACKAGE + "."):
            return _ModuleTwin(self, value)
        if isinstance(value, type):
            return self.of_class(value) if value in protocol.classes else value
        if isinstance(value, types.FunctionType) and value.__module__.startswith(PACKAGE):
            return self.function(value)
        if isinstance(value, np.generic):
            return value.item()  # a Python number takes the precision of what it meets
        return self.library.put(value) if isinstance(value, np.ndarray) else value


class _ModuleTwin:
    """A module of the package whose functions are twins."""

    def __init__(self, twins: Twins, module: types.ModuleType) -> None:
        self._twins, self._module = twins, module

    def __getattr__(self, name: str) -> Any:
        found = self._twins._seen(getattr(self._module, name))
        setattr(self, name, found)
        return found


def _names_in(code: types.CodeType) -> set[str]:
    """Return all names that a code, and the codes within it, may look up."""
    inner = (part for part in code.co_consts if isinstance(part, types.CodeType))
    return set(code.co_names).union(*(_names_in(part) for part in inner))
