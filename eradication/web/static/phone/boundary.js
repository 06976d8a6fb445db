// A boundary that is walked: its area with its error while one walks. The same rules as eradication/ingest/perimeter.py:
// SE(A) = 0.42 · σ · P, σ = accuracy / 1.51, never less than a floor, for receivers are optimists.

import geodesic from "/vendor/geodesic.js";

export const RULES = {
  close_m: 15,
  least_m2: 10,
  least_roundness: 0.05,
  open_sigma_m: 2,
  canopy_sigma_m: 4,
  differ_pct: 20,
  cv_factor: 0.42,
  radius_68: 1.51,
  least_fixes: 6,
};
const Z95 = 1.96;


const WGS84 = geodesic.Geodesic.WGS84;

/** Geodesic area in m² and perimeter in m of a closed ring on WGS 84; points are [lon, lat], the first not repeated. */
export function areaOf(ring) {
  const polygon = WGS84.Polygon(false);
  for (const [lon, lat] of ring) polygon.AddPoint(lat, lon);
  const { area, perimeter } = polygon.Compute(false, true);
  return { area_m2: Math.abs(area), perimeter_m: perimeter };
}

export function distanceOf([lon1, lat1], [lon2, lat2]) {
  return WGS84.Inverse(lat1, lon1, lat2, lon2, geodesic.Geodesic.DISTANCE).s12;
}

/** Number of pairs of edges that cross: area means nothing where the walk crosses itself. */
export function crossings(ring) {
  let count = 0;
  for (let i = 0; i < ring.length; i += 1) {
    for (let j = i + 2; j < ring.length; j += 1) {
      if (i === 0 && j === ring.length - 1) continue; // neighbours across the beginning
      if (cross(ring[i], ring[i + 1], ring[j], ring[(j + 1) % ring.length])) count += 1;
    }
  }
  return count;
}

function side([ax, ay], [bx, by], [cx, cy]) {
  return Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));
}

function cross(a, b, c, d) {
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/**
 * Measure what was walked so far, closed by a straight line to its beginning.
 *
 * @param {{lon: number, lat: number, accuracy: number|null}[]} fixes in the order walked.
 * @param {boolean} canopy under trees, where the floor of σ is higher.
 */
export function measure(fixes, canopy = false, rules = RULES) {
  const ring = fixes.map((fix) => [fix.lon, fix.lat]);
  const count = ring.length;
  if (count < 3) return { count, area_m2: 0, area_se_m2: 0, perimeter_m: 0, gap_m: null, closed: false, crossings: 0, usable: false };
  const { area_m2, perimeter_m } = areaOf(ring);
  const gap_m = distanceOf(ring[0], ring[count - 1]);
  const walked = perimeter_m - gap_m;
  const floor = canopy ? rules.canopy_sigma_m : rules.open_sigma_m;
  const stated = fixes.map((fix) => fix.accuracy).filter((one) => Number.isFinite(one)).sort((a, b) => a - b);
  const sigma_m = Math.max(floor, stated.length ? median(stated) / rules.radius_68 : 0);
  const area_se_m2 = rules.cv_factor * sigma_m * perimeter_m;
  const closed = gap_m <= Math.max(rules.close_m, 0.1 * walked) && walked > 2 * rules.close_m;
  const roundness = perimeter_m ? (4 * Math.PI * area_m2) / perimeter_m ** 2 : 0;
  const crossed = crossings(ring);
  const enough = count >= rules.least_fixes && area_m2 >= rules.least_m2 && roundness >= rules.least_roundness;
  return {
    count, area_m2, area_se_m2, cv: area_m2 ? area_se_m2 / area_m2 : null, perimeter_m, sigma_m, gap_m, closed,
    crossings: crossed, usable: closed && enough && crossed === 0,
  };
}

/** Two walks round one plot: their mean, how far they differ in per cent of it, and whether a third is wanted. */
export function compare(one, other, rules = RULES) {
  const mean = (one.area_m2 + other.area_m2) / 2;
  const differ_pct = (100 * Math.abs(one.area_m2 - other.area_m2)) / mean;
  return { area_m2: mean, area_se_m2: Math.hypot(one.area_se_m2, other.area_se_m2) / 2, differ_pct, again: differ_pct > rules.differ_pct };
}

/** What an area may be off by, as it is said everywhere: half of its 95 % interval. */
export function error95(measured) {
  return Z95 * measured.area_se_m2;
}

function median(sorted) {
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
