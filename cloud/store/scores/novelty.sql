-- How far the candidate is from published materials and from what was tested; unit 1 (0 to 1); better up
-- The mean of two parts; a candidate with nothing to compare with is new.
WITH published AS (
    SELECT candidate_id, min(distance) AS distance, arg_min(source_id, distance) AS source_id,
        arg_min(source, distance) AS source
    FROM likeness
    GROUP BY candidate_id
),
tried AS (
    SELECT candidate_id, min(distance) AS distance, arg_min(tested_id, distance) AS tested_id
    FROM near
    GROUP BY candidate_id
),
parts AS (
    SELECT
        candidate_id,
        -- 0.02: two garnets with 0.4 of their 20 cations and oxygens exchanged, a usual step in a published series (K)
        coalesce(1 - exp(-published.distance / 0.02), 1) AS to_published,
        coalesce(1 - exp(-tried.distance / 0.3), 1) AS to_tried,
        material.formula,
        published.distance AS published_distance,
        tested_id,
        tried.distance AS tried_distance
    FROM candidate
    LEFT JOIN published USING (candidate_id)
    LEFT JOIN material USING (source, source_id)
    LEFT JOIN tried USING (candidate_id)
)
SELECT
    candidate_id,
    0.5 * to_published + 0.5 * to_tried AS score,
    coalesce(format('{:.1f} % of the atoms differ from {}', 100 * published_distance, trim(formula)),
        'nothing published to compare with')
    || '; '
    || coalesce(format('{:.2f} of a range from trial {}', tried_distance, tested_id), 'nothing tested yet') AS because
FROM parts
ORDER BY candidate_id;
