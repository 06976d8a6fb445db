"""Blocks cover the grid once, and lie along the blocks of its files."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from eradication.pipeline import cuts

TILES = st.lists(
    st.tuples(st.integers(-3000, 3000), st.integers(100, 6000), st.sampled_from([1, 64, 256, 512, 1024, 10980])),
    max_size=4,
).map(lambda tiles: sorted((start, start + length, step) for start, length, step in tiles))


@settings(max_examples=300)
@given(size=st.integers(1, 5000), side=st.sampled_from([6, 64, 512, 1024]), tiles=TILES)
def test_pieces_cover_the_line_once_and_are_neither_odd_nor_long(size, side, tiles):
    pieces = cuts._cuts(size, side, tiles)
    assert pieces[0][0] == 0
    assert pieces[-1][1] == size
    assert all(end == start for (_, end), (start, _) in pairwise(pieces))
    least = min(cuts.LEAST_PX, side)
    assert all(0 < end - start <= side + 2 * least for start, end in pieces)
    assert all(start % 2 == 0 for start, _ in pieces)


def test_a_tile_is_cut_where_its_blocks_end_and_the_next_tile_where_its_own_do():
    pieces = cuts._cuts(3_000, 1024, [(-300, 1_700, 1024), (1_500, 4_000, 1024)])
    assert pieces == [(0, 724), (724, 1_500), (1_500, 2_524), (2_524, 3_000)]


def test_small_blocks_are_joined_and_a_file_in_one_piece_is_cut_anyhow():
    assert cuts._cuts(2_048, 1024, [(0, 2_048, 256)]) == [(0, 1024), (1024, 2_048)]
    assert cuts._cuts(2_500, 1024, [(0, 2_500, 10_980)]) == [(0, 1024), (1024, 2_048), (2_048, 2_500)]
