-- How well a repetition would agree, from the spread of log10 resistance nearby; unit 1 (0 to 1); better up
-- Replicates and neighbours count by nearness, so a recipe beside a cliff scores low even without replicates.
WITH value AS (
    SELECT near.candidate_id, nearness, value FROM near JOIN tested_value USING (tested_id)
),
centre AS (
    SELECT candidate_id, sum(nearness) AS weight, sum(nearness * value) / nullif(sum(nearness), 0) AS middle
    FROM value
    GROUP BY candidate_id
),
spread AS (
    -- Prior: 0.15 decades, a cell put together again (physics.md 7: 0.20 to 0.35 in ln), worth two runs (K)
    SELECT
        candidate_id,
        sqrt((2 * pow(0.15, 2) + coalesce(sum(nearness * pow(value - middle, 2)), 0))
            / (2 + coalesce(any_value(weight), 0))) AS sd,
        coalesce(any_value(weight), 0) AS weight
    FROM candidate
    LEFT JOIN centre USING (candidate_id)
    LEFT JOIN value USING (candidate_id)
    GROUP BY candidate_id
)
SELECT
    candidate_id,
    0.3 / (0.3 + sd) AS score, -- one half at a factor of two
    format('spread {:.2f} decades, from {:.1f} runs nearby and a prior of 0.15', sd, weight) AS because
FROM spread
ORDER BY candidate_id;
