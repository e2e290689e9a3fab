"""A problem made of plain Python functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from optedu.forms import FORMS
from optedu.oracles import ORACLES

CONSTANTS = (
    "smoothness", "strong_convexity", "hessian_lipschitz", "coordinate_smoothness", "minimum",
    "minimizer", "start", "shape", "components", "blocks", "equalities", "l2", "divergence",
    "regularization", "marginals", "sets",
)  # fmt: skip


class Answer:
    """An oracle given as a function: what it answers is read, and refused if it has a wrong form.

    Parameters
    ----------
    name : str
        The oracle.
    function : callable
        Who answers.
    """

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.name, self.function = name, function

    def __call__(self, *args: Any) -> Any:
        answer = self.function(*(_locked(argument) for argument in args))
        if self.name == "kronecker_factors":
            factors = map(_array, answer)
            return tuple(
                np.ascontiguousarray(factor, dtype=np.float64)
                if isinstance(factor, np.ndarray)
                else factor
                for factor in factors
            )
        read = _array(answer)
        shape = self._shape(args, read)
        if read.dtype.kind not in "fiub" or read.shape != shape:
            wanted = f"an array of shape {shape}" if shape else "a real number"
            raise TypeError(
                f"{self.name} must return {wanted}, got "
                f"{type(answer).__name__} of shape {read.shape}, dtype {read.dtype}"
            )
        if not shape:
            return float(read)
        return read.astype(float, copy=False) if isinstance(read, np.ndarray) else read

    def _shape(self, args: tuple[Any, ...], answer: np.ndarray) -> tuple[int, ...]:
        """Return the shape to expect; of how many outputs, the answer itself says."""
        arguments, form = FORMS[self.name]
        given = dict(zip(arguments.split(", "), args, strict=False))
        x, y = _array(given.get("x", 0.0)), _array(given.get("y", 0.0))
        outputs = answer.shape[0] if answer.ndim else 1
        return {
            "number": (), "point": x.shape, "square": (x.size, x.size), "outputs": (outputs,),
            "outputs by point": (outputs, x.size), "outputs by outputs": (outputs, outputs),
            "outputs by the rest": (outputs, x.size - outputs), "vector": (answer.size,),
            "like y": y.shape,
        }[form]  # fmt: skip


def _array(value: Any) -> Any:
    """Return an array of NumPy's, or one on a device as it is."""
    return value if hasattr(value, "__cuda_array_interface__") else np.asarray(value)


def _locked(argument: Any) -> Any:
    """Return a view that a function cannot write to, so that an iterate stays what it is."""
    if not isinstance(argument, np.ndarray):
        return argument
    view = argument.view()
    view.flags.writeable = False
    return view


class Problem:
    """A problem given by functions; it runs in Python, with the same methods.

    Make one by `Problem.from_functions`.

    Parameters
    ----------
    members : dict of str to object
        Oracles and constants by name.
    """

    differentiable = True

    def __init__(self, members: dict[str, Any]) -> None:
        self.__dict__.update(members)

    def __repr__(self) -> str:
        return f"Problem.from_functions({', '.join(sorted(self.__dict__))})"

    @classmethod
    def from_functions(
        cls, value: Callable[[np.ndarray], float] | None = None, **members: Any
    ) -> Problem:
        """Return a problem with the oracles and constants that are given.

        Parameters
        ----------
        value : callable, optional
            x to f(x), a float.
        **members
            Other oracles by name (``gradient=``, ``prox=``, ``project=``, ...), each a
            callable; and constants: ``smoothness``, ``strong_convexity``, ``hessian_lipschitz``,
            ``coordinate_smoothness``, ``minimum``, ``minimizer``, ``start``, ``shape``,
            ``components``, ``blocks``, ``equalities``, ``l2``, the mirror map's ``divergence``,
            or ``differentiable=False``.

        Raises
        ------
        TypeError
            If a name is neither an oracle nor a constant, or an oracle is not callable. When it
            is called, an oracle that returns complex numbers or a wrong shape raises one, too.

        Examples
        --------
        >>> import numpy as np, optedu as oe
        >>> problem = oe.Problem.from_functions(lambda x: x @ x, gradient=lambda x: 2 * x)
        >>> oe.run(oe.GradientDescent(0.25), problem, np.ones(2)).status.value
        'converged'
        """
        given = {"value": value, **members} if value is not None else dict(members)
        for name, member in given.items():
            if name in ORACLES and not callable(member):
                raise TypeError(f"{name} must be a function, got {type(member).__name__}")
            if name not in ORACLES and name not in (*CONSTANTS, "differentiable"):
                known = ", ".join((*ORACLES, *CONSTANTS, "differentiable"))
                raise TypeError(f"{name} is neither an oracle nor a constant; known are {known}")
        return cls({n: Answer(n, m) if n in ORACLES else m for n, m in given.items()})
