-- Chance that this bench makes the sample without a fault; unit 1 (0 to 1); better up
-- 0 for what the bench refuses; else room to the nearest interlock times the success of trials nearby.
WITH room AS (
    SELECT
        candidate_id,
        name,
        -- 5 % below an interlock or more is room enough; noise and overshoot are smaller (K)
        greatest(0, least(1, (highest - level) / (0.05 * highest))) AS room
    FROM (
        SELECT candidate_id, 'heater_max_c' AS name, greatest(substrate_c, if(anneal_min > 0, anneal_c, 0)) AS level
        FROM candidate
        UNION ALL
        SELECT candidate_id, 'energy_max_mj', energy_mj FROM candidate
        UNION ALL
        SELECT candidate_id, 'pressure_max_pa', o2_pa FROM candidate
    )
    JOIN interlock USING (name)
),
tightest AS (
    SELECT candidate_id, min(room) AS room, arg_min(name, room) AS name FROM room GROUP BY candidate_id
),
past AS (
    -- Beta prior: 85 of 100 runs succeed (physics.md 7), worth two trials at the very place (K)
    SELECT
        candidate_id,
        (0.85 * 2 + coalesce(sum(nearness) FILTER (ok), 0)) / (2 + coalesce(sum(nearness), 0)) AS success,
        count(*) FILTER (NOT ok AND nearness > 0.5) AS failures
    FROM candidate LEFT JOIN near USING (candidate_id)
    GROUP BY candidate_id
)
SELECT
    candidate_id,
    if(refusal <> '', 0, coalesce(room, 1) * success) AS score,
    if(refusal <> '', refusal, concat_ws('; ',
        CASE WHEN room < 1 THEN format('{:.0f} % of the wanted room to {}', 100 * room, tightest.name) END,
        CASE WHEN failures > 0 THEN format('{} failed nearby', failures) END,
        format('success expected {:.0f} %', 100 * success))) AS because
FROM candidate
LEFT JOIN tightest USING (candidate_id)
JOIN past USING (candidate_id)
ORDER BY candidate_id;
