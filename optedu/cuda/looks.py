"""A look at a run on a device: value, certificate, and whether all is finite, in few transfers.

The loop asks numbers of arrays, and each number that Python decides on is a wait for all that is
queued. Here the answers of a look come to the host together, and what follows is Python's
arithmetic. What a look asks of the problem at the iterate, the next step often asks again: the
answer is remembered. Calls are counted all the same.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from optedu.certificates import gradient_norm, rule_for
from optedu.cuda.places import lives_on_a_device
from optedu.kernels import loop
from optedu.protocol import holds, oracles_used

BOTH = "value_and_gradient"
REMEMBERED = ("value", "gradient", BOTH)


@dataclass
class _Look:
    """What a problem answers at the iterate of a state, which nobody writes into."""

    problem: Any = None
    x: Any = None
    both: bool = False  # whether value and gradient will be asked for
    over: bool = False  # then an answer is given away, to who may write into it
    answers: dict[str, Any] = field(default_factory=dict)

    def ask(self, name: str, oracle: Callable[..., Any]) -> Any:
        """Return the answer of an oracle, known or new."""
        parts = ("value", "gradient") if name == BOTH else (name,)
        if self.over and not self.answers.keys() >= set(parts):
            return oracle(self.problem, self.x)
        if not self.over and name == BOTH:
            self.answers |= zip(parts, oracle(self.problem, self.x), strict=True)
        elif not self.over and name not in self.answers:
            if name == "value" and self.both:
                self.both = False  # which may itself ask for the value
                self.problem.value_and_gradient(self.x)
            else:
                self.answers[name] = oracle(self.problem, self.x)
        take = self.answers.pop if self.over else self.answers.__getitem__
        found = tuple(take(part) for part in parts)
        return found if name == BOTH else found[0]


class Looks:
    """The loop's functions that look at a state, for the arrays of a device.

    Parameters
    ----------
    twins : Twins
    """

    def __init__(self, twins: Any) -> None:
        self._twins, self._library = twins, twins.library
        self._look = _Look()
        twins.memories.append(self)

    def functions(self) -> dict[Callable[..., Any], Callable[..., Any]]:
        """Return the functions by those in whose place they are called."""
        return {loop.compare: self.compare, loop.measure_at: self.measure_at}

    def forget(self) -> None:
        """Let the arrays of a run go."""
        self._look = _Look()

    def remembering(self, name: str, oracle: Callable[..., Any]) -> Callable[..., Any]:
        """Return one of the oracles `REMEMBERED`, which knows its last answers at an iterate."""
        if name not in REMEMBERED:
            return oracle

        @functools.wraps(oracle)
        def answer(problem: Any, x: Any) -> Any:
            look = self._look
            if look.x is not x or look.problem is not problem:
                return oracle(problem, x)
            return look.ask(name, oracle)

        return answer

    def compare(self, new: Any, old: Any) -> tuple[bool, bool]:
        """Return whether every entry of `new` is finite, and whether any differs from `old`."""
        largest = float(abs(new - old).max())
        if math.isfinite(largest):
            return True, largest != 0.0
        xp = self._library  # the difference of large numbers, or one that is not finite
        return bool(xp.isfinite(new).all()), not bool(xp.array_equal(new, old))

    def measure_at(
        self, method: Any, counted: Any, state: Any, minimum: float
    ) -> tuple[float, float]:
        """Return f(x) and the certificate as numbers of the host."""
        problem = counted.problem
        look = self._look = _Look(problem, state.x, _asks_for_both(method, problem))
        value_at, certificate_at = map(self._twins.function, (loop.value_at, loop.certificate_at))
        value, certificate = self._numbers(
            value_at(method, problem, state), certificate_at(method, problem, state)
        )
        look.over = True
        return value, value - minimum if math.isnan(certificate) else certificate

    def _numbers(self, *values: Any) -> list[float]:
        """Return numbers, those that are on the device by one transfer."""
        there = [value for value in values if lives_on_a_device(value)]
        if len(there) > 1:
            there = self._library.stack(
                [value.ravel()[0] if value.ndim else value for value in there]
            )
            found = iter(self._library.host(there).tolist())
        else:
            found = iter([float(value) for value in there])
        return [next(found) if lives_on_a_device(value) else float(value) for value in values]


def _asks_for_both(method: Any, problem: Any) -> bool:
    """Whether a look asks for value and gradient at the iterate, and both are to be had at once."""
    if not hasattr(problem, BOTH) or holds(method, "f"):
        return False
    compute = rule_for(problem).compute
    if hasattr(method, "certificate") or (compute is gradient_norm and holds(method, "g")):
        return False
    return "gradient" in oracles_used(compute)
