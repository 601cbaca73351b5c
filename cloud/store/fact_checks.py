"""What is doubtful of facts: flags are set beside them, and nothing is ever deleted. And pairs for derived facts.

Each check is one statement over all facts; running it again changes nothing.
"""

from typing import Any

from numpy.typing import NDArray

from .facts import Facts

IMPOSSIBLE = """
INSERT OR IGNORE INTO fact_flag
SELECT fact, 'impossible', CASE WHEN value < lowest THEN format('{:g} {} is below {:g}', value, unit, lowest)
    ELSE format('{:g} {} is above {:g}', value, unit, highest) END
FROM fact JOIN property USING (property) WHERE value < lowest OR value > highest
"""
# A value is judged on the side on which it lies: the 1 % and 99 % quantiles stand 2.326 standard deviations from the
# middle of a normal distribution. One scale for both sides would flag half of a skewed property. Angles of cells
# cluster at 90 and 120 degrees: there are no outliers among them
OUTLIERS = """
INSERT OR IGNORE INTO fact_flag
WITH said AS (
    SELECT fact, property, CASE WHEN scale = 'linear' THEN value WHEN value > 0 THEN log10(value) END AS y
    FROM fact JOIN property USING (property)
    WHERE unit <> 'degree' AND fact NOT IN (SELECT fact FROM fact_flag WHERE flag IN ('impossible', 'unit'))),
spread AS (
    SELECT property, median(y) AS middle, quantile_cont(y, 0.01) AS low, quantile_cont(y, 0.99) AS high, count(y) AS n
    FROM said GROUP BY property),
judged AS (
    SELECT fact, property,
        2.326 * (y - middle) / nullif(CASE WHEN y > middle THEN high - middle ELSE middle - low END, 0) AS z
    FROM said JOIN spread USING (property) WHERE n >= $1)
SELECT fact, 'outlier', format('{:.1f} robust standard deviations from the median of {}', z, property)
FROM judged WHERE abs(z) > $2
"""
# (a) what nature forbids but would be usual in another unit, (b) what another fact of the composition says in another
# unit; of the two the one farther from the property's median is suspect
UNITS = """
INSERT OR IGNORE INTO fact_flag
WITH spread AS (
    SELECT property, quantile_cont(value, 0.005) AS low, quantile_cont(value, 0.995) AS high,
        median(log10(CASE WHEN value > 0 THEN value END)) AS middle
    FROM fact JOIN property USING (property)
    WHERE fact NOT IN (SELECT fact FROM fact_flag WHERE flag = 'impossible') GROUP BY property),
unit_factor(factor, unit_why) AS (VALUES (1e-9, '1e9 times too large'), (1e9, '1e9 times too small'),
    (1e-6, '1e6 times too large'), (1e6, '1e6 times too small'), (1e-3, '1000 times too large'),
    (1e3, '1000 times too small')),
other AS (
    SELECT fact, property, value, value * factor AS meant, unit_why FROM fact, unit_factor
    UNION ALL SELECT fact, property, value, pow(10, value), 'looks like a log10' FROM fact
    WHERE value BETWEEN -30 AND 30
    UNION ALL SELECT fact, property, value, value + 273.15, 'looks like °C for K' FROM fact JOIN property
    USING (property) WHERE unit = 'K'),
forbidden AS (
    SELECT fact, unit_why FROM other JOIN spread USING (property) JOIN property USING (property)
    WHERE scale = 'log' AND unit <> '1' AND fact IN (SELECT fact FROM fact_flag WHERE flag = 'impossible')
        AND meant BETWEEN low AND high),
paired AS (
    SELECT o.fact, unit_why
    FROM other o JOIN fact f ON f.fact = o.fact JOIN fact g ON g.composition = f.composition AND g.property = f.property
        AND g.fact <> f.fact AND coalesce(g.temperature_c, -999) = coalesce(f.temperature_c, -999)
        JOIN spread ON spread.property = f.property JOIN property ON property.property = f.property
    WHERE scale = 'log' AND g.value > 0 AND abs(o.meant / g.value - 1) < $1 AND abs(f.value / g.value - 1) > 0.5
        AND (f.value <= 0 OR abs(log10(f.value) - middle) > abs(log10(g.value) - middle)))
SELECT fact, 'unit', min(unit_why) FROM (FROM forbidden UNION ALL FROM paired) GROUP BY fact
"""
INHERITED = """
INSERT OR IGNORE INTO fact_flag
SELECT DISTINCT derived.fact, flag, 'of a fact it was derived from'
FROM (SELECT fact, unnest(derived_from) AS origin FROM fact WHERE len(derived_from) > 0) derived
JOIN fact_flag ON fact_flag.fact = origin WHERE flag IN ('impossible', 'unit')
"""
# Of polymorphs the source has several rows under one formula; bulk and shear modulus stand in the same order
MODULI = """
WITH modulus AS (
    SELECT *, regexp_replace(lower(dataset), 'bulk|shear|\\(k|\\(g', '', 'g') AS stem,
        row_number() OVER (PARTITION BY import, source, dataset, property, formula, temperature_c ORDER BY line, fact)
            AS place,
        count(*) OVER (PARTITION BY import, source, dataset, property, formula, temperature_c) AS n
    FROM fact WHERE property IN ('bulk_modulus', 'shear_modulus') AND comparison = '=' AND method <> 'derived'
        AND fact NOT IN (SELECT fact FROM fact_flag WHERE flag IN ('impossible', 'unit')))
SELECT k.fact AS bulk, g.fact AS shear, k.value AS bulk_gpa, g.value AS shear_gpa, k.composition, k.formula, k.phase,
    k.source, k.dataset, k.source_id, k.licence, k.import, k.temperature_c, k.line,
    k.confidence * g.confidence AS confidence
FROM modulus k JOIN modulus g ON k.property = 'bulk_modulus' AND g.property = 'shear_modulus' AND k.import = g.import
    AND k.source = g.source AND k.stem = g.stem AND k.formula = g.formula AND k.place = g.place AND k.n = g.n
    AND coalesce(k.temperature_c, -999) = coalesce(g.temperature_c, -999)
ORDER BY k.fact
"""


class FactChecks(Facts):
    """The checks of what is known."""

    def flag_impossible(self) -> int:
        """How many facts lie beyond what nature allows and were not flagged so before."""
        return self._count(IMPOSSIBLE)

    def flag_outliers(self, beyond: float, facts_min: int) -> int:
        """How many facts are new outliers: so many robust standard deviations from the median of a property.

        Properties of fewer than `facts_min` facts are not judged.
        """
        return self._count(OUTLIERS, [facts_min, beyond])

    def flag_units(self, tolerance: float) -> int:
        """How many facts are newly suspect of another unit; `tolerance`: relative, of two that would agree in it."""
        return self._count(UNITS, [tolerance])

    def flag_derived(self) -> int:
        """How many derived facts newly inherit the flags of what they were derived from."""
        return self._count(INHERITED)

    def moduli_pairs(self) -> dict[str, NDArray[Any]]:
        """Bulk and shear moduli of one material from one source, as columns: facts, values (GPa), where they are of."""
        return self.columns(MODULI)

    def _count(self, sql: str, parameters: list[Any] | None = None) -> int:
        return int(self.rows(sql, parameters or [])[0][0])
