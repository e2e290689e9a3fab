"""When to stop buying information: ski rental in which the price of skis is a supermartingale.

After n signals, which cost c_n together, the best decision costs X_n >= 0 in expectation, and
E X_{n+1} <= X_n. Whoever stops then pays c_n + X_n. The benchmark is the best stopping time of
somebody who knows the law of the signals; the buyer sees X_n and the next price only (ma2023).

Our rule is a clock that runs at the speed 1 / X: paying p at a time when decisions cost X moves it
by p / X. Stop before it passes z. With z = 1 the expected price is at most twice, and with z drawn
from the density exp(z) / (e - 1) on [0, 1] at most e / (e - 1) times that of any stopping time: in
the clock's time s the buyer pays the integral of X_s (1 - F(s) + f(s)), where f(s) + 1 - F(s) is
e / (e - 1), and the integral of X_s over [0, 1] is, up to the stopping time's s, what it has
paid too, and after it less in expectation than its X. For z = 1, E X_1 is at most that integral.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

E = float(np.e)


class Signal(NamedTuple):
    """What is known, and the next signal.

    Parameters
    ----------
    value : float
        X, what the best decision costs now, in expectation.
    price : float
        Of the next signal.
    chances : tuple of float
        Probabilities of its outcomes.
    outcomes : tuple of Signal
        What is known after each; empty where there is nothing more to buy.
    """

    value: float
    price: float = 0.0
    chances: tuple[float, ...] = ()
    outcomes: tuple[Any, ...] = ()


def best_cost(node: Signal) -> float:
    """Return the expected price of the best stopping time, by dynamic programming."""
    if not node.outcomes:
        return node.value
    later = sum(p * best_cost(child) for p, child in zip(node.chances, node.outcomes, strict=True))
    return min(node.value, node.price + later)


def clock_cost(node: Signal, z: float = 1.0, clock: float = 0.0) -> float:
    """Return the expected price of stopping before the clock passes z."""
    passed = clock + (node.price / node.value if node.value > 0 else np.inf)
    if not node.outcomes or passed > z * (1 + 1e-12):
        return node.value
    later = (clock_cost(child, z, passed) for child in node.outcomes)
    return node.price + sum(p * c for p, c in zip(node.chances, later, strict=True))


def random_clock_cost(node: Signal, clock: float = 0.0) -> float:
    """Return the expected price with z of density exp(z) / (e - 1): exact, without sampling.

    Of those who reached this clock, the fraction that goes on is that of the z above `passed`.
    """
    passed = clock + (node.price / node.value if node.value > 0 else np.inf)
    if not node.outcomes or passed >= 1.0:
        return node.value
    on = (E - np.exp(passed)) / (E - np.exp(clock))
    later = (random_clock_cost(child, passed) for child in node.outcomes)
    further = node.price + sum(p * c for p, c in zip(node.chances, later, strict=True))
    return float((1 - on) * node.value + on * further)


def break_even_cost(node: Signal, paid: float = 0.0) -> float:
    """Return the expected price, from here on, of buying while all paid is at most X."""
    if not node.outcomes or paid + node.price > node.value:
        return node.value
    later = (break_even_cost(child, paid + node.price) for child in node.outcomes)
    return node.price + sum(p * c for p, c in zip(node.chances, later, strict=True))


def rising_stakes(levels: int, growth: float = 2.0) -> Signal:
    """Return signals after which X has grown by this factor, or is 0: a martingale.

    What was paid stays just below X, so that who compares the two goes on for ever.
    """
    node = Signal(growth**levels)
    for n in reversed(range(levels)):
        value = growth**n
        price = value - growth ** (n - 1) if n else value * (1 - 1e-9)
        node = Signal(value, price, (1 / growth, 1 - 1 / growth), (node, Signal(0.0)))
    return node


def ski_rental(days: int, price: float) -> Signal:
    """Return signals that cost 1 each and say nothing until the last, after which X is 0."""
    node = Signal(0.0)
    for _ in range(days):
        node = Signal(price, 1.0, (1.0,), (node,))
    return node


def random_signals(depth: int, rng: np.random.Generator, value: float = 1.0) -> Signal:
    """Return a random tree of signals with two outcomes each, X a supermartingale."""
    if depth == 0 or rng.random() < 0.1:
        return Signal(value)
    chance, shrink = rng.uniform(0.05, 0.95), rng.choice([1.0, rng.uniform(0.7, 1.0)])
    low = rng.choice([0.0, rng.uniform(0.0, 1.0)])
    high = (1.0 - (1 - chance) * low) / chance
    outcomes = tuple(random_signals(depth - 1, rng, shrink * value * s) for s in (high, low))
    return Signal(value, value * rng.uniform(0.02, 0.5), (chance, 1 - chance), outcomes)


def greedy_order(actions: np.ndarray, weights: np.ndarray) -> list[int]:
    """Return the actions in the order that covers most of what is left, for min-sum set cover.

    Parameters
    ----------
    actions : numpy.ndarray of bool, shape (m, n)
        Which of n requests each action covers.
    weights : numpy.ndarray, shape (n,)
        Probabilities of the requests.
    """
    left, order = weights.astype(float).copy(), []
    while len(order) < len(actions):
        gains = actions @ left
        gains[order] = -1.0
        order.append(int(np.argmax(gains)))
        left[actions[order[-1]]] = 0.0
    return order


def cover_time(actions: np.ndarray, weights: np.ndarray, order: Any) -> float:
    """Return the expected number of actions until the request is covered."""
    times = 1 + np.argmax(actions[list(order)], axis=0)
    return float(weights @ times)


def cover_signals(
    actions: np.ndarray,
    weights: np.ndarray,
    labels: np.ndarray,
    prices: Any,
    order_of: Any,
    keep: bool = True,
    order: Any = None,
) -> Signal:
    """Return the tree of signals about which request is to be covered, at X = its cover time.

    With `keep` the order that was best before a signal stays in the choice. So X does not rise
    on average, whatever the heuristic: the bound 2 of the clock holds, and with the greedy order,
    within 4 of the best, the price is at most 8 times that of the best orders and stopping time.

    Parameters
    ----------
    actions : numpy.ndarray of bool, shape (m, n)
        Which of n requests each action covers.
    weights : numpy.ndarray, shape (n,)
        Probabilities of the requests.
    labels : numpy.ndarray of int, shape (k, n)
        Signal j tells the entry of row j that belongs to the request.
    prices : sequence of float, length k
        Of the signals, in their order.
    order_of : callable
        Takes (actions, weights) and returns an order, e.g. `greedy_order`.
    keep : bool
        As said.
    order : sequence of int, optional
        The order that was best before.
    """
    found = order_of(actions, weights)
    if keep and order is not None:
        found = min(found, order, key=lambda o: cover_time(actions, weights, o))
    value = cover_time(actions, weights, found)
    if len(labels) == 0:
        return Signal(value)
    chances, outcomes = [], []
    for label in np.unique(labels[0]):
        inside = weights * (labels[0] == label)
        if inside.sum() > 0:
            chances.append(float(inside.sum()))
            posterior = inside / inside.sum()
            outcomes.append(
                cover_signals(actions, posterior, labels[1:], prices[1:], order_of, keep, found)
            )
    return Signal(value, prices[0], tuple(chances), tuple(outcomes))
