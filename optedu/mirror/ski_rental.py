"""Ski rental: how long to pay by the day when nobody knows how many days there will be.

Options have a price and a number of days. ``opt[t]`` is the least price of t days. The randomized
rule is that of shin2023 as far as their abstract tells, and e, its ratio, is proven here: spend
budgets exp(u), exp(u + 1), ... one after the other, u uniform on [0, 1], each on as many further
days as it buys. The last budget B that is needed has B / opt[t] = exp(v), v uniform on [0, 1], the
budgets before it sum to B / (e - 1) at most, and E exp(v) = e - 1. The rule with a prediction is
ours: below trust * opt[prediction] it spends those budgets, then it buys the predicted days at
once, and if they do not suffice it goes on with the budgets above opt[prediction]. If the
prediction is right the expected price is at most (1 + trust) opt, and always at most
max(1 + 1 / trust, 1 + e) opt.
"""

from __future__ import annotations

from typing import Any

import numpy as np

E = float(np.e)


def cheapest(prices: Any, days: Any, horizon: int) -> np.ndarray:
    """Return opt[0], ..., opt[horizon], by dynamic programming.

    Parameters
    ----------
    prices, days : sequence of float, sequence of int
        What each option costs, and how many days it lasts; it may be bought again.
    horizon : int
        The largest number of days.
    """
    opt = np.zeros(horizon + 1)
    for t in range(1, horizon + 1):
        opt[t] = min(c + opt[max(0, t - n)] for c, n in zip(prices, days, strict=True))
    return opt


def covered(opt: np.ndarray, budget: float) -> int:
    """Return the largest number of days that cost no more than the budget."""
    return int(np.searchsorted(opt, budget * (1 + 1e-12), side="right") - 1)


def spend(opt: np.ndarray, t: int, budgets: Any, paid: float = 0.0, days: int = 0) -> Any:
    """Return what t days cost when these budgets are spent in turn, and the days then covered."""
    for budget in budgets:
        if days >= t:
            break
        more = covered(opt, budget)
        paid, days = paid + opt[more], days + more
    return paid, days


def doubling_cost(opt: np.ndarray, t: int) -> float:
    """Return what t days cost with budgets opt[1] 2^j: at most 4 opt[t]."""
    return spend(opt, t, opt[1] * 2.0 ** np.arange(60))[0]


def scaled_budgets(opt: np.ndarray, u: float) -> np.ndarray:
    """Return the budgets exp(u + j) from opt[1] on; smaller ones buy nothing."""
    first = np.ceil(np.log(opt[1]) - u - 1e-12)
    return np.exp(u + first + np.arange(40))


def scaled_cost(opt: np.ndarray, t: int, u: float) -> float:
    """Return what t days cost with budgets exp(u + j)."""
    return spend(opt, t, scaled_budgets(opt, u))[0]


def predicted_cost(opt: np.ndarray, t: int, u: float, prediction: int, trust: float) -> float:
    """Return what t days cost when so many were predicted, 0 < trust <= 1."""
    budgets, wanted = scaled_budgets(opt, u), opt[prediction]
    paid, days = spend(opt, t, budgets[budgets < trust * wanted])
    if days >= t:
        return paid
    rest = budgets[budgets >= wanted]
    return spend(opt, t, rest, paid + wanted, days + prediction)[0]


def expectation(opt: np.ndarray, cost: Any, factors: Any = (1.0,)) -> float:
    """Return the mean of cost(u) over u in [0, 1], exactly.

    The cost changes only where a budget passes the price of some number of days, or one of the
    factors times such a price.
    """
    steps = [np.log(f * np.unique(opt[1:])) % 1.0 for f in factors]
    ends = np.unique(np.concatenate([[0.0, 1.0], *steps]))
    middles = (ends[:-1] + ends[1:]) / 2
    return float(np.diff(ends) @ [cost(u) for u in middles])


def rent_or_buy(t: float, z: float) -> float:
    """Return the price of t units of time when one buys, for 1, after renting for z units."""
    return t if t <= z else z + 1.0


def rent_or_buy_mean(t: float) -> float:
    """Return the expected price if z in [0, 1] has density exp(z) / (e - 1).

    The integral of z + 1 up to t is t exp(t), and that of t above it t (e - exp(t)).
    """
    t = min(t, 1.0)
    return t * E / (E - 1)
