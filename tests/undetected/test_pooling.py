"""Draws of several days from ground that is not the same every day."""

import pytest
from rounds import rounds
from shifting import Days, held

from eradication.undetected import Sample, bound, pooled

HARD = {
    "same_ground": Days(),
    "some_plots_are_flagged": Days(flagged=(0.0, 0.03)),
    "plots_are_flagged": Days(flagged=(0.0, 0.1), p=(0.8, 1.0), answer=1.0),
    "plots_are_claimed": Days(claimed=(0.01, 0.3), p=(0.8, 1.0), answer=1.0),
    "plots_come_in_late": Days(late=(0.01, 0.5), p=(0.8, 1.0), answer=1.0),
    "plots_leave_when_nothing_was_found": Days(flagged=(0.0, 0.2), after_nothing=True, p=(0.8, 1.0), answer=1.0),
    "rare_ones_leave_so": Days(share=0.05, flagged=(0.0, 0.5), after_nothing=True, p=(0.8, 1.0), answer=1.0),
    "few_leave_so": Days(cells=100, share=0.3, each=6, flagged=(0.0, 0.02), after_nothing=True, p=(0.9, 1.0), answer=1),
    "a_long_season": Days(cells=300, days=40, each=2, flagged=(0.001, 0.01), claimed=(0.005, 0.02)),
}


def taken(cells, drawn, p=None, found=(), name="a"):
    """Drawn from cells; with a number of them, only that is on record."""
    members = None if isinstance(cells, int) else frozenset(cells)
    of = cells if isinstance(cells, int) else len(members)
    searched = dict.fromkeys(drawn, 1.0) if p is None else p
    return Sample(name, of, members, tuple(drawn), searched, frozenset(found))


def test_draws_from_what_earlier_ones_left_are_one_sample_of_the_whole():
    told = pooled([[taken(range(100), [1, 2])], [taken(set(range(100)) - {1, 2}, [3], found=[3])]])
    (one,) = told.strata
    assert (one.cells, one.left, one.drawn, len(one.p), one.finds) == (100, 0, 3, 3, 1)
    assert told.used == (True, True)


def test_what_could_not_be_drawn_on_every_day_is_counted_whole():
    """50 and 51 were flagged or claimed; 120 came in, was drawn with a find, and belongs to other ground."""
    later = set(range(100)) - {1, 50, 51} | {120}
    told = pooled([[taken(range(100), [1])], [taken(later, [2, 3, 120], found=[120])]])
    (one,) = told.strata
    assert (one.cells, one.left, one.drawn, one.finds) == (98, 2, 3, 0)
    said = bound(told.strata)
    assert said.of == 100
    assert said.cells == bound([pooled([[taken(range(98), [1, 2, 3])]]).strata[0]]).cells + 2


def test_the_ground_is_that_of_the_widest_draw_whenever_it_was():
    told = pooled([[taken(range(90), range(10))], [taken(set(range(100)) - {*range(10)}, [*range(10, 15), 95])]])
    (one,) = told.strata
    assert (one.cells, one.left, one.drawn) == (90, 10, 15)  # of what is like 95 nothing could be drawn at first


def test_a_draw_from_ground_that_differs_too_much_is_not_used():
    told = pooled([[taken(range(100), range(6))], [taken(range(60, 140), range(60, 62))]])
    assert told.used == (True, False)
    assert (told.strata[0].cells, told.strata[0].left, told.strata[0].drawn) == (100, 0, 6)


def test_many_later_draws_are_worth_a_part_of_the_ground_though_no_single_one_is():
    first = [[taken(set(range(200)) - {*range(2 * k)}, [2 * k, 2 * k + 1])] for k in range(4)]
    ground = set(range(200)) - {*range(176, 200)}
    later = [[taken(ground - {*range(2 * k)}, [2 * k, 2 * k + 1])] for k in range(4, 20)]
    assert pooled([*first, later[0]]).used[-1] is False
    told = pooled([*first, *later])
    assert all(told.used)
    assert (told.strata[0].cells, told.strata[0].left, told.strata[0].drawn) == (176, 24, 40)


def test_which_draws_are_used_does_not_depend_on_what_they_found():
    def used(found):
        return pooled([[taken(range(100), range(6))], [taken(range(60, 140), range(60, 62), found=found)]]).used

    assert used([]) == used([60]) == used([60, 61])


def test_of_draws_with_their_number_alone_on_record_what_is_missing_was_not_drawn_is_left():
    told = pooled([[taken(100, [1, 2, 3])], [taken(97, [4])], [taken(90, [5])]])
    (one,) = told.strata
    assert (one.cells, one.left, one.drawn) == (94, 6, 5)


def test_frames_that_grew_by_number_have_nothing_known_in_common():
    told = pooled([[taken(100, [1, 2, 3])], [taken(120, [4, 5, 6, 7])]])
    assert told.used == (False, True)
    assert (told.strata[0].cells, told.strata[0].drawn) == (120, 4)


def test_strata_are_pooled_each_on_its_own_and_one_that_is_exhausted_stays():
    first = [taken(range(100), [1]), taken(range(500, 502), [500, 501], name="b")]
    told = pooled([first, [taken(set(range(100)) - {1}, [2])]])
    assert {s.name: (s.cells, s.left, s.drawn) for s in told.strata} == {"a": (100, 0, 2), "b": (2, 0, 2)}


def test_a_find_without_a_track_counts_as_searched_like_the_others():
    told = pooled([[taken(range(100), [1, 2], {1: 0.4}, [2])]])
    assert told.untracked == 1
    assert told.strata[0].p == (0.4, 0.4)
    assert told.strata[0].finds == 1


def test_a_cell_that_two_offices_drew_apart_is_one_cell():
    told = pooled([[taken(range(50), [1, 2], {1: 0.3, 2: 0.3})], [taken(range(50), [2, 3], {2: 0.8, 3: 0.8}, [2])]])
    (one,) = told.strata
    assert (one.cells, one.drawn, sorted(one.p), one.finds) == (50, 3, [0.3, 0.8, 0.8], 1)


@pytest.mark.slow
def test_where_plots_leave_the_frame_the_bound_holds_and_one_frame_for_all_days_does_not():
    mine, plain, _ = held(Days(cells=200, days=10, flagged=(0.0, 0.1), p=(0.8, 1.0), answer=1.0), 150)
    assert mine >= 0.95
    assert plain < 0.85


@pytest.mark.slow
@pytest.mark.parametrize("name", HARD)
def test_the_bound_holds_on_every_kind_of_shifting_ground(name, capsys):
    mine, plain, share = held(HARD[name], rounds(500, 250))
    with capsys.disabled():
        print(f"\n{name}: held {mine:.1%}, as one frame {plain:.1%}, bound ÷ cells {share:.1%}")
    assert mine >= 0.95
