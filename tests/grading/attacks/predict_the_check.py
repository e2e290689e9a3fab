"""Take the generator that is given for the check's own, and foresee its next draws."""

import copy


def estimate(product, d, rng):
    foreseen = copy.deepcopy(rng)
    product(foreseen.standard_normal(d))
    return foreseen.standard_normal(d)
