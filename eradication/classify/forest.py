"""Fitted trees as flat arrays that compiled code goes through a tile of pixels at a time.

Scores equal those of scikit-learn but for the order of additions. A pixel's float32 value goes left where it is at most
the threshold, compared as float64; NaN goes where the node says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from eradication.classify.scale import logistic

type Float32 = npt.NDArray[np.float32]
type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]
type Flags = npt.NDArray[np.bool_]
type Int32 = npt.NDArray[np.int32]
type Layout = tuple[Int32, Int32, Int32, Int32, Int32, Int32]

BLOCK_WORDS = 50
"""Words of bits in a block of trees: with a tile of pixels they fit into the first cache."""
_WORD = 32
_SLOTS = np.array([((1 << bit) * 0x077CB531 & 0xFFFFFFFF) >> 27 for bit in range(_WORD)], np.int64)
"""Where the value of each bit is kept, see ``kernels.DE_BRUIJN``."""


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """One tree, node by node; the first is the root."""

    column: Ints
    threshold: Floats
    left: Ints
    right: Ints
    unknown_left: Flags
    """Where NaN goes."""
    value: Floats
    """What a leaf adds to the sum."""
    leaf: Flags


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """An ensemble whose sum over trees is a score, or its logit."""

    layout: Layout
    """Columns that are asked for; then lane (2 · number of its column, + 1 where NaN goes right) and first cut of each
    group of cuts; first group and first tree of each block; first word of each tree."""
    cuts: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.uint32]]
    """Threshold (float32 as a whole number), word and mask, sorted by block, lane and threshold."""
    value: Floats
    """What the leaf of each bit of each word adds to the sum."""
    start: float
    """Sum before the first tree."""
    logistic: bool
    """True if the score is the logistic function of the sum."""

    def score(self, sums: Floats) -> Floats:
        """Return scores 0…1 of sums."""
        return logistic(sums) if self.logistic else sums

    def sums(self, x: Float32, columns: Sequence[int]) -> Floats:
        """Return each pixel's sum over all trees.

        Args:
            x: shape (pixel, column), float32, of any strides.
            columns: where in ``x`` the columns are that the trees know by number.

        Raises:
            IndexError: a tree asks for a column that is not there.
        """
        from eradication.classify.kernels import add_leaves  # compiled when first needed

        total = np.full(len(x), self.start)
        places = np.asarray(columns, np.int32)[self.layout[0]]
        if len(places) and (places.min() < 0 or places.max() >= x.shape[1]):
            raise IndexError("a tree asks for a column that is not there")
        add_leaves(x, (places, *self.layout[1:]), self.cuts, self.value, total)
        return total


def forest_of(estimator: Any) -> Forest:
    """Turn a fitted binary classifier, or a regressor whose target is a logit, into flat arrays.

    Args:
        estimator: HistGradientBoostingClassifier or -Regressor, RandomForestClassifier or ExtraTreesClassifier.

    Raises:
        ValueError: it is none of them, has more than two classes, splits on categories, or a node has two parents.
    """
    if hasattr(estimator, "_predictors"):
        trees = [_boosted(stage) for stage in estimator._predictors]
        start = float(np.ravel(estimator._baseline_prediction)[0])
        return assembled(trees, start, as_logit=True)
    count = len(estimator.estimators_)
    return assembled([_averaged(member.tree_, count) for member in estimator.estimators_], 0.0, as_logit=False)


def _boosted(stage: Any) -> Tree:
    if len(stage) != 1:
        raise ValueError("more than two classes")
    nodes = stage[0].nodes
    if nodes["is_categorical"].any():
        raise ValueError("splits on categories")
    return Tree(
        nodes["feature_idx"].astype(np.int64),
        nodes["num_threshold"],
        nodes["left"].astype(np.int64),
        nodes["right"].astype(np.int64),
        nodes["missing_go_to_left"].astype(bool),
        nodes["value"],
        nodes["is_leaf"].astype(bool),
    )


def _averaged(tree: Any, count: int) -> Tree:
    state = tree.__getstate__()
    nodes, values = state["nodes"], state["values"][:, 0, :]
    if values.shape[1] != 2:
        raise ValueError("more than two classes")
    return Tree(
        nodes["feature"].astype(np.int64),
        nodes["threshold"],
        nodes["left_child"].astype(np.int64),
        nodes["right_child"].astype(np.int64),
        nodes["missing_go_to_left"].astype(bool),
        values[:, 1] / values.sum(axis=1) / count,
        nodes["left_child"] == -1,
    )


def _leaf_ranges(tree: Tree) -> tuple[Ints, Ints]:
    """Return for each node the number of leaves to the left of it and in it."""
    inner = np.flatnonzero(~tree.leaf)
    children = np.concatenate([tree.left[inner], tree.right[inner]])
    parents = np.concatenate([inner, inner])
    if not np.array_equal(np.sort(children), np.arange(1, len(tree.leaf))) or (children <= parents).any():
        raise ValueError("a node has not exactly one parent before it")
    inside = tree.leaf.astype(np.int64).tolist()
    before = [0] * len(inside)
    left, right = tree.left.tolist(), tree.right.tolist()
    for node in reversed(inner.tolist()):
        inside[node] = inside[left[node]] + inside[right[node]]
    for node in inner.tolist():
        before[left[node]] = before[node]
        before[right[node]] = before[node] + inside[left[node]]
    return np.array(before), np.array(inside)


def _cuts_of(tree: Tree, before: Ints, inside: Ints) -> dict[str, Ints]:
    """Return the cuts of a tree: one row per word whose bits an inner node's left subtree has."""
    inner = np.flatnonzero(~tree.leaf)
    first = before[inner]
    end = first + inside[tree.left[inner]]
    many = (end - 1) // _WORD - first // _WORD + 1
    node = np.repeat(np.arange(len(inner)), many)
    word = first[node] // _WORD + np.arange(len(node)) - np.repeat(np.cumsum(many) - many, many)
    low = np.maximum(first[node] - word * _WORD, 0)
    high = np.minimum(end[node] - word * _WORD, _WORD)
    own = inner[node]
    return {
        "column": tree.column[own],
        "right": (~tree.unknown_left[own]).astype(np.int64),
        "threshold": ordered(_not_above(tree.threshold[own])).astype(np.int64),
        "word": word,
        "mask": 0xFFFFFFFF ^ ((1 << high) - (1 << low)),
    }


def assembled(trees: list[Tree], start: float, *, as_logit: bool) -> Forest:
    """Put trees together.

    Args:
        trees: at least one.
        start: sum before the first tree.
        as_logit: True if the sum is the logit of the score.

    Raises:
        ValueError: nodes form no tree.
    """
    ranges = [_leaf_ranges(tree) for tree in trees]
    words = [-(-int(inside[0]) // _WORD) for _, inside in ranges]
    tree_word = np.concatenate([[0], np.cumsum(words)])
    block = np.maximum(tree_word[1:] - 1, 0) // BLOCK_WORDS
    edges = np.arange(block[-1] + 2)
    rows = _table(trees, ranges, tree_word, block)
    columns, number = np.unique(rows["column"], return_inverse=True)
    lane = 2 * number + rows["right"]
    order = np.lexsort((rows["threshold"], lane, rows["block"]))
    lane, blocks = lane[order], rows["block"][order]
    groups = np.flatnonzero(np.diff(blocks * (2 * len(columns)) + lane, prepend=-1))
    block_tree = np.searchsorted(block, edges)
    group_block = np.searchsorted(blocks[groups], edges)
    layout = (columns, lane[groups], np.append(groups, len(lane)), group_block, block_tree, tree_word)
    return Forest(
        layout=cast(Layout, tuple(part.astype(np.int32) for part in layout)),
        cuts=(
            rows["threshold"][order].astype(np.int32),
            rows["word"][order].astype(np.int32),
            rows["mask"][order].astype(np.uint32),
        ),
        value=_placed(trees, [before for before, _ in ranges], tree_word),
        start=start,
        logistic=as_logit,
    )


def _table(trees: list[Tree], ranges: list[tuple[Ints, Ints]], tree_word: Ints, block: Ints) -> dict[str, Ints]:
    """Return the cuts of all trees, with words counted over all of them."""
    parts = []
    for tree, (before, inside), first, place in zip(trees, ranges, tree_word[:-1], block, strict=True):
        rows = _cuts_of(tree, before, inside)
        rows["word"] = rows["word"] + first
        parts.append(rows | {"block": np.full(len(rows["word"]), place)})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _placed(trees: list[Tree], before: list[Ints], tree_word: Ints) -> Floats:
    """Return the leaves' values where their bits are looked up."""
    value = np.zeros(int(tree_word[-1]) * _WORD)
    for tree, number, first in zip(trees, before, tree_word[:-1], strict=True):
        place = number[tree.leaf] + first * _WORD
        value[place // _WORD * _WORD + _SLOTS[place % _WORD]] = tree.value[tree.leaf]
    return value


def _not_above(threshold: Floats) -> Float32:
    """Return the largest float32 that is at most ``threshold``: a float32 is at most the one where it is the other."""
    with np.errstate(over="ignore"):
        near = threshold.astype(np.float32)
    above = near > threshold
    near[above] = np.nextafter(near[above], np.float32(-np.inf))
    return near


def ordered(values: Float32) -> npt.NDArray[np.int32]:
    """Return whole numbers in the order of float32 ``values``, which must not be NaN."""
    bits = (values + np.float32(0)).view(np.int32)
    return np.where(bits >= 0, bits, bits ^ np.int32(0x7FFFFFFF))
