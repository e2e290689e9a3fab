"""Forests in the graph of a matrix: finding them, and solving on them by passing messages."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def root_of(parent, i):
    """Return the root of the tree that holds i."""
    while parent[i] != i:
        i = parent[i]
    return i


@portable
def forest_partition(H, independent):
    """Return a label for each coordinate so that H restricted to a label is a forest.

    Coordinates i and j are joined where H_ij is not 0. Each coordinate in turn goes to the first
    label where it closes no cycle; with `independent`, where it has no neighbour at all: on a
    grid these are the red and the black squares.
    """
    d = H.shape[0]
    labels, tree = np.full(d, -1), np.arange(d)
    for i in range(d):
        label = 0
        while labels[i] < 0:
            roots, neighbours = np.full(d, -1), 0
            closes = False
            for j in range(i):
                if labels[j] == label and H[i, j] != 0.0:
                    r = root_of(tree, j)
                    for m in range(neighbours):
                        closes = closes or roots[m] == r
                    roots[neighbours] = r
                    neighbours += 1
            if closes or (independent and neighbours > 0):
                label += 1
                continue
            labels[i] = label
            for m in range(neighbours):
                tree[roots[m]] = i
    return labels


@portable
def elimination_order(H, labels):
    """Return the coordinates label by label, parents first, their parents, and where labels start.

    The parent of a root is -1. A label that is no forest is refused.
    """
    d, count = labels.size, int(np.max(labels)) + 1
    order, parent, seen = np.zeros(d, np.int64), np.full(d, -1), np.zeros(d, np.bool_)
    starts, filled = np.zeros(count + 1, np.int64), 0
    for label in range(count):
        for root in range(d):
            if labels[root] != label or seen[root]:
                continue
            seen[root] = True
            order[filled] = root
            head, filled = filled, filled + 1
            while head < filled:
                i = order[head]
                head += 1
                for j in range(d):
                    if j == i or j == parent[i] or labels[j] != label or H[i, j] == 0.0:
                        continue
                    if seen[j]:
                        raise ValueError("a block of the partition is no forest: it has a cycle")
                    seen[j], parent[j] = True, i
                    order[filled] = j
                    filled += 1
        starts[label + 1] = filled
    return order, parent, starts


@portable
def forest_solve(H, nodes, parent, g):
    """Return the solution of H_bb u = g_b for a forest b, in about 8 operations per coordinate.

    Parameters
    ----------
    H : numpy.ndarray, shape (d, d)
        Positive definite on b; read at the diagonal and at the edges of the forest only.
    nodes : numpy.ndarray of int
        The coordinates of b, parents before their children.
    parent : numpy.ndarray of int, shape (d,)
        The parent of each coordinate, -1 for a root.
    g : numpy.ndarray, shape (b,)
        In the order of `nodes`.
    """
    size, place = nodes.size, np.zeros(parent.size, np.int64)
    for a in range(size):
        place[nodes[a]] = a
    pivot, message = np.zeros(size), g.copy()
    for a in range(size):
        pivot[a] = H[nodes[a], nodes[a]]
    for a in range(size - 1, -1, -1):  # from the leaves to the roots
        if parent[nodes[a]] >= 0:
            p, link = place[parent[nodes[a]]], H[nodes[a], parent[nodes[a]]]
            pivot[p] -= link * link / pivot[a]
            message[p] -= link * message[a] / pivot[a]
    u = np.zeros(size)
    for a in range(size):  # and back
        u[a] = message[a] / pivot[a]
        if parent[nodes[a]] >= 0:
            link = H[nodes[a], parent[nodes[a]]]
            u[a] -= link * u[place[parent[nodes[a]]]] / pivot[a]
    return u
