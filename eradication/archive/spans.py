"""Byte ranges of a file as sorted, disjoint, half-open spans."""

from collections.abc import Iterable, Sequence

type Span = tuple[int, int]
type Spans = tuple[Span, ...]


def union(spans: Iterable[Span], gap: int = 0) -> Spans:
    """Return the spans sorted and joined where they touch or lie at most ``gap`` bytes apart."""
    joined: list[Span] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if joined and start <= joined[-1][1] + gap:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def missing(wanted: Sequence[Span], held: Sequence[Span]) -> Spans:
    """Return what of ``wanted`` is not in ``held``; both sorted and disjoint."""
    left: list[Span] = []
    number = 0
    for start, end in wanted:
        at = start
        while number and held[number - 1][1] > at:
            number -= 1
        while number < len(held) and held[number][0] < end:
            if held[number][0] > at:
                left.append((at, held[number][0]))
            at = max(at, held[number][1])
            number += 1
        if at < end:
            left.append((at, end))
    return tuple(left)


def common(one: Sequence[Span], other: Sequence[Span]) -> Spans:
    """Return what is in both; both sorted and disjoint."""
    return missing(one, missing(one, other))


def pieces(spans: Sequence[Span], most: int) -> list[Span]:
    """Cut spans into pieces of at most ``most`` bytes."""
    return [(at, min(at + most, end)) for start, end in spans for at in range(start, end, most)]


def total(spans: Iterable[Span]) -> int:
    """Return the number of bytes."""
    return sum(end - start for start, end in spans)


def clipped(spans: Iterable[Span], size: int) -> Spans:
    """Return the spans cut to 0 … ``size``."""
    return union((max(0, start), min(end, size)) for start, end in spans)
