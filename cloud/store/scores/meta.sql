-- How well the pipeline's own predictions held at trials nearby; unit 1 (0 to 1); better up
-- One minus Brier's score of what it had said of them before they were made; the prior is a coin's 0.75.
WITH held AS (
    SELECT
        candidate_id,
        (0.75 * 2 + coalesce(sum(nearness * hit), 0)) / (2 + coalesce(sum(nearness) FILTER (hit IS NOT NULL), 0)) AS score,
        coalesce(sum(nearness) FILTER (hit IS NOT NULL), 0) AS weight
    FROM candidate
    LEFT JOIN near USING (candidate_id)
    LEFT JOIN tested_prediction USING (tested_id)
    GROUP BY candidate_id
)
SELECT
    candidate_id,
    score,
    format('{:.1f} predictions nearby, the prior worth two', weight) AS because
FROM held
ORDER BY candidate_id;
