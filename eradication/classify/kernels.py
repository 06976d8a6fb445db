"""Compiled loops over pixels. Importing this module compiles them, or takes them from Numba's cache.

Leaves of a tree are found without walking it (QuickScorer, Lucchese et al. 2015, and its vectorised form of 2016). A
tree's leaves are numbered from left to right and each has a bit. A cut that sends a pixel to the right rules out every
leaf of its left subtree, so it clears their bits; the lowest bit that is left is the pixel's leaf. The order in which
cuts are looked at does not matter. So they are sorted by column and threshold, and a tile of pixels goes through them
together, in vector instructions, without a branch that depends on a pixel.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import types

from eradication.compiled import compiled, inlined

TILE = 128
"""Pixels that go through the cuts together: many enough to outweigh a cut's own cost, few enough for the caches."""
WORD = 32
"""Leaves in a word of bits."""
DE_BRUIJN = np.uint32(0x077CB531)
"""Times a power of two, its five highest bits are different for each of the 32."""

_EVERY = np.uint32(0xFFFFFFFF)
_LOW, _HIGH = np.int32(-(2**31)), np.int32(2**31 - 1)
_INFINITE, _UNSIGNED = np.int32(0x7F800000), np.int32(0x7FFFFFFF)

_X = types.Array(types.float32, 2, "A", readonly=True)
_tuple: Any = types.Tuple
_INTS, _WORDS, _FLOATS = types.int32[::1], types.uint32[::1], types.float64[::1]

type Float32 = npt.NDArray[np.float32]
type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int32]
type Words = npt.NDArray[np.uint32]
type Layout = tuple[Ints, Ints, Ints, Ints, Ints, Ints]
type Cuts = tuple[Ints, Ints, Words]


@inlined
def _most_words(block_tree: Ints, tree_word: Ints) -> int:
    """Return the number of words of the block that has the most."""
    most = 0
    for block in range(block_tree.size - 1):
        most = max(most, tree_word[block_tree[block + 1]] - tree_word[block_tree[block]])
    return most


@inlined
def _lay_out(tile: Float32, columns: Ints, keys: Ints, highest: Ints) -> None:
    """Write each column of a tile twice, as whole numbers in the order of the values: NaN lowest, and NaN highest.

    Two lanes a column, for cuts that send the unknown left and right, and the highest number of each. A tile that is
    not full is filled up with its first pixel.
    """
    values = np.empty(TILE, np.float32)
    bits = values.view(np.int32)
    for number in range(columns.size):
        column = columns[number]
        for pixel in range(len(tile)):
            # Adding 0 makes -0 to 0, which are equal but have other bits.
            values[pixel] = tile[pixel, column] + np.float32(0)
        for pixel in range(len(tile), TILE):
            values[pixel] = values[0]
        high, high2 = _LOW, _LOW
        for pixel in range(TILE):
            whole = bits[pixel]
            unknown = (whole & _UNSIGNED) > _INFINITE
            # Bits of a negative number grow with its size.
            key = whole if whole >= 0 else whole ^ _UNSIGNED
            left, right = _LOW if unknown else key, _HIGH if unknown else key
            keys[2 * number, pixel], keys[2 * number + 1, pixel] = left, right
            high, high2 = max(high, left), max(high2, right)
        highest[2 * number], highest[2 * number + 1] = high, high2


@inlined
def _clear(keys: Ints, highest: Ints, layout: Layout, cuts: Cuts, block: int, held: Words) -> None:
    """Set every bit of a block's words, then clear those of leaves that a pixel cannot reach."""
    lane_of, first_cut, block_group, block_tree, tree_word = layout[1], layout[2], layout[3], layout[4], layout[5]
    threshold, word, mask = cuts
    start = tree_word[block_tree[block]]
    held[: tree_word[block_tree[block + 1]] - start] = _EVERY
    for group in range(block_group[block], block_group[block + 1]):
        lane = lane_of[group]
        for cut in range(first_cut[group], first_cut[group + 1]):
            least = threshold[cut]
            if least >= highest[lane]:
                # No pixel lies above it, nor above those that follow.
                break
            kept, place = mask[cut], word[cut] - start
            for pixel in range(TILE):
                held[place, pixel] &= kept if keys[lane, pixel] > least else _EVERY


@inlined
def _collect(held: Words, words: Ints, value: Floats, sums: Floats) -> None:
    """Add the value of the lowest bit of each tree; ``words`` are the first ones of a block's trees."""
    for tree in range(words.size - 1):
        first, last = words[tree] - words[0], words[tree + 1] - words[0]
        place = words[tree] * WORD
        if last - first == 1:
            for pixel in range(TILE):
                sums[pixel] += value[place + _slot(held[first, pixel])]
            continue
        for pixel in range(TILE):
            word = first
            while held[word, pixel] == 0:
                word += 1
            sums[pixel] += value[place + (word - first) * WORD + _slot(held[word, pixel])]


@inlined
def _slot(word: np.uint32) -> np.uint32:
    """Return where the value of a word's lowest bit is kept."""
    lowest = word & (~word + np.uint32(1))
    return np.uint32(np.uint32(lowest * DE_BRUIJN) >> np.uint32(27))


@compiled(types.void(_X, _tuple((_INTS,) * 6), _tuple((_INTS, _INTS, _WORDS)), _FLOATS, _FLOATS))
def add_leaves(x: Float32, layout: Layout, cuts: Cuts, value: Floats, total: Floats) -> None:
    """Add the leaf of every tree to ``total`` of each pixel.

    Args:
        x: pixels, shape (pixel, column), of any strides.
        layout: columns; lane of each group of cuts; first cut of each group; first group, then first tree of each
            block; first word of each tree. The last four have one entry more: where the last one ends. See
            :class:`eradication.classify.forest.Forest`.
        cuts: threshold, word and mask of each.
        value: of each bit of each word.
        total: shape (pixel,), changed in place.
    """
    columns, block_tree, tree_word = layout[0], layout[4], layout[5]
    keys = np.empty((2 * columns.size, TILE), np.int32)
    highest = np.empty(2 * columns.size, np.int32)
    held = np.empty((_most_words(block_tree, tree_word), TILE), np.uint32)
    sums = np.empty(TILE, np.float64)
    for first in range(0, len(x), TILE):
        tile = x[first : first + TILE]
        _lay_out(tile, columns, keys, highest)
        sums[: len(tile)] = total[first : first + TILE]
        for block in range(block_tree.size - 1):
            words = tree_word[block_tree[block] : block_tree[block + 1] + 1]
            _clear(keys, highest, layout, cuts, block, held)
            _collect(held, words, value, sums)
        total[first : first + TILE] = sums[: len(tile)]


@compiled(types.void(_X, _INTS, _tuple((types.float32[:, ::1], types.float32)), _FLOATS, _FLOATS))
def add_weighted(
    x: Float32, columns: Ints, scaling: tuple[Float32, np.float32], weights: Floats, total: Floats
) -> None:
    """Add a weighted sum of standardised columns to ``total`` of each pixel; what is unknown adds nothing.

    Args:
        x: pixels, shape (pixel, column), of any strides.
        columns: that are used.
        scaling: centre and spread of each, shape (2, column), and how many spreads count at most.
        weights: of each.
        total: shape (pixel,), changed in place.
    """
    pairs, most = scaling
    for pixel in range(len(x)):
        for number in range(columns.size):
            value = (x[pixel, columns[number]] - pairs[0, number]) / pairs[1, number]
            if value == value:
                total[pixel] += weights[number] * min(max(value, -most), most)


@compiled(
    types.void(
        _X,
        _INTS,
        _tuple((types.float32[:, ::1], types.float32)),
        _tuple((types.float32[:, ::1], types.float32[::1], types.float32[::1])),
        _FLOATS,
    )
)
def add_network(
    x: Float32,
    columns: Ints,
    scaling: tuple[Float32, np.float32],
    layers: tuple[Float32, Float32, Float32],
    total: Floats,
) -> None:
    """Add what a hidden layer of rectified units makes of standardised columns to ``total`` of each pixel.

    Args:
        x: pixels, shape (pixel, column), of any strides.
        columns: that are used.
        scaling: centre and spread of each, shape (2, column), and how many spreads count at most.
        layers: weights of each column, shape (column, unit); what each unit begins with; what each unit adds.
        total: shape (pixel,), changed in place.
    """
    pairs, most = scaling
    first, start, second = layers
    hidden = np.empty(start.size, np.float32)
    for pixel in range(len(x)):
        hidden[:] = start
        for number in range(columns.size):
            value = (x[pixel, columns[number]] - pairs[0, number]) / pairs[1, number]
            if value == value:
                value = min(max(value, -most), most)
                for unit in range(hidden.size):
                    hidden[unit] += first[number, unit] * value
        for unit in range(hidden.size):
            if hidden[unit] > 0:
                total[pixel] += second[unit] * hidden[unit]
