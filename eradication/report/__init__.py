"""What leaves the house: the map, the report page and the plot files, built from plain values.

``view`` says what they need, ``map`` and ``page`` render one HTML file each, ``exchange`` writes plots for other
programs. Nothing here knows the store.
"""
