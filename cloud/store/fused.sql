-- The fused value V (0 to 1, better up) and HyperScore of each candidate, by the newest weights
-- V = w1 Logic + w2 Novelty + w3 ln(Impact + 1) + w4 Reproducibility + w5 Meta. Feasibility stands beside V; in weights
-- of formula 1, those of older campaigns, it has Meta's place.
-- HyperScore = 100 [1 + sigma(beta ln V + gamma)^kappa]: V 0.91, beta 6, gamma -ln 2, kappa 2 give 104.89. The value
-- 144.1 published beside this formula does not follow from it; kappa as a factor gives 144.2: hyperscore_linear.
WITH newest AS (
    SELECT * FROM weights ORDER BY version DESC LIMIT 1
),
scored AS (
    SELECT
        candidate_id,
        coalesce(any_value(score) FILTER (name = 'logic'), 0) AS logic,
        coalesce(any_value(score) FILTER (name = 'novelty'), 0) AS novelty,
        coalesce(any_value(score) FILTER (name = 'impact'), 0) AS impact,
        coalesce(any_value(score) FILTER (name = 'reproducibility'), 0) AS reproducibility,
        coalesce(any_value(score) FILTER (name = 'meta'), 0) AS meta,
        coalesce(any_value(score) FILTER (name = 'feasibility'), 0) AS feasibility
    FROM candidate_score
    GROUP BY candidate_id
),
fused AS (
    SELECT
        scored.candidate_id,
        newest.version AS weights_version,
        beta,
        gamma,
        kappa,
        greatest(1e-6, -- ln V needs more than nothing
            newest.logic * scored.logic
            + newest.novelty * scored.novelty
            + newest.impact * ln(scored.impact + 1)
            + newest.reproducibility * scored.reproducibility
            + newest.meta * scored.meta
            + newest.feasibility * scored.feasibility) AS value
    FROM scored CROSS JOIN newest
),
squashed AS (
    SELECT *, 1 / (1 + exp(-(beta * ln(value) + gamma))) AS sigma FROM fused
)
SELECT
    candidate_id,
    weights_version,
    value,
    100 * (1 + pow(sigma, kappa)) AS hyperscore,
    100 * (1 + kappa * sigma) AS hyperscore_linear
FROM squashed
ORDER BY candidate_id;
