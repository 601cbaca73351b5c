-- Prior of what a good film of this kind would be worth: level and share of its published family; unit 1 (0 to 1); better up
-- 0.7 of the family's best conductivities, 0.3 of the attention it gets; one half when nothing is known.
WITH family AS (
    SELECT
        family,
        count(*) AS materials,
        count(DISTINCT doi) AS papers,
        quantile_cont(log10(conductivity_s_cm), 0.9) AS best_decade -- log10 S/cm that one in ten exceeds
    FROM material
    WHERE family <> ''
    GROUP BY family
),
nearest AS (
    SELECT candidate_id, arg_min(family, (distance, source, source_id)) AS family
    FROM likeness JOIN material USING (source, source_id)
    WHERE family <> ''
    GROUP BY candidate_id
),
parts AS (
    SELECT
        candidate_id,
        family.*,
        -- from 1e-8 S/cm, useless in a film, to 1e-2 S/cm, a liquid electrolyte
        greatest(0, least(1, (best_decade + 8) / 6)) AS level,
        papers / (SELECT max(papers) FROM family) AS share
    FROM candidate
    LEFT JOIN nearest USING (candidate_id)
    LEFT JOIN family USING (family)
)
SELECT
    candidate_id,
    coalesce(0.7 * level + 0.3 * share, 0.5) AS score,
    coalesce(format('{}: {} materials in {} papers, one in ten above {:.1e} S/cm', family, materials, papers,
        pow(10, best_decade)), 'no known material of this kind') AS because
FROM parts
ORDER BY candidate_id;
