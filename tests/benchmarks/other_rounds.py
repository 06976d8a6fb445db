"""Another search for one team's best round, to judge ours by: iterated insertion and removal at random.

Written for the benchmark alone and sharing no code with the package: stops are put in by prize per second with a random
weight, moved to cheaper places, and a random stretch of the round is taken out again (Vansteenwegen et al. 2009).
"""

import time

import numba
import numpy as np


def long_run(seconds: np.ndarray, service: np.ndarray, prize: np.ndarray, hours: float, minutes: float) -> float:
    """Return the highest sum of prizes found. Node 0 is the post; ``service`` and ``prize`` are of the stops."""
    steps = np.minimum(seconds, 1e9) + np.concatenate([[0.0], service])
    worth = np.concatenate([[0.0], prize])
    best, seed, end = 0.0, 0, time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        best = max(best, _rounds(steps, worth, 3600 * hours, 300, seed))
        seed += 1
    return best


@numba.njit
def _rounds(steps, prize, most_s, turns, seed):  # noqa: C901
    np.random.seed(seed)
    nodes = len(prize)
    round_, length = np.zeros(nodes + 2, np.int64), 1  # round_[0] and round_[length] are the post
    inside = np.zeros(nodes, np.bool_)
    best = 0.0
    for _ in range(turns):
        weight = 1.0 + np.random.uniform(0.0, 2.0)
        lasts = 0.0
        for place in range(length):
            lasts += steps[round_[place], round_[place + 1]]
        while True:
            offer, stop, at, adds = -1.0, -1, -1, 0.0
            for node in range(1, nodes):
                if not inside[node]:
                    cheapest, where = 1e18, -1
                    for place in range(length):
                        a, b = round_[place], round_[place + 1]
                        more = steps[a, node] + steps[node, b] - steps[a, b]
                        if more < cheapest:
                            cheapest, where = more, place + 1
                    if lasts + cheapest <= most_s:
                        value = prize[node] ** weight / max(cheapest, 1.0) * np.random.uniform(0.7, 1.3)
                        if value > offer:
                            offer, stop, at, adds = value, node, where, cheapest
            if stop < 0:
                break
            for place in range(length + 1, at, -1):
                round_[place] = round_[place - 1]
            round_[at], inside[stop] = stop, True
            length, lasts = length + 1, lasts + adds
            lasts -= _moved(steps, round_, length)
        worth = prize[round_[:length]].sum()
        best = max(best, worth)
        if length > 1:
            gone, first = np.random.randint(1, length), np.random.randint(0, length - 1)
            kept = 1
            for place in range(1, length):
                if (place - 1 - first) % (length - 1) < gone:
                    inside[round_[place]] = False
                else:
                    round_[kept] = round_[place]
                    kept += 1
            length = kept
            round_[length] = 0
    return best


@numba.njit
def _moved(steps, round_, length):  # noqa: C901
    """Move single stops to cheaper places until none is left to move; return the seconds won."""
    won = 0.0
    again = True
    while again:
        again = False
        for place in range(1, length):
            a, node, b = round_[place - 1], round_[place], round_[place + 1]
            free = steps[a, node] + steps[node, b] - steps[a, b]
            gain, to = 1e-6, -1
            for other in range(length):
                if other != place and other != place - 1:
                    c, d = round_[other], round_[other + 1]
                    less = free - (steps[c, node] + steps[node, d] - steps[c, d])
                    if less > gain:
                        gain, to = less, other
            if to > place:
                for step in range(place, to):
                    round_[step] = round_[step + 1]
                round_[to] = node
            elif to >= 0:
                for step in range(place, to + 1, -1):
                    round_[step] = round_[step - 1]
                round_[to + 1] = node
            if to >= 0:
                won, again = won + gain, True
    return won
