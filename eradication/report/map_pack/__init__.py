"""The map of a unit's ground for phones without a network: PMTiles files that MapLibre reads, and what they hold.

A PMTiles file holds one kind of tile, so a pack is a folder of up to three and a text:

====================  ==========================================================================
``vector.pmtiles``    contour lines, ways, rivers, border, communes, areas of danger, candidates
``hillshade.pmtiles`` the shaded relief
``imagery.pmtiles``   the latest clear pictures of candidates
``pack.json``         bounds, sizes, hashes, what is missing and why, whether it is simulated
====================  ==========================================================================

Pure: geometries and arrays in, files out; the same input gives the same bytes, so a phone fetches anew only what
changed. Call :func:`eradication.report.map_pack.pack.write`.
"""
