-- Judgement that is checked against what came of it: predictions, experts' answers, every step of the weights

-- Weights of V by formula: 1 has feasibility in it (until schema 7), 2 the pipeline's own score (meta); feasibility then
-- stands beside V. Every change is a new version; the greatest one counts, older ones tell how older scores came about
CREATE TABLE weights_by_formula (
    version INTEGER PRIMARY KEY,
    formula INTEGER NOT NULL CHECK (formula IN (1, 2)),
    logic DOUBLE NOT NULL,
    novelty DOUBLE NOT NULL,
    impact DOUBLE NOT NULL,
    reproducibility DOUBLE NOT NULL,
    meta DOUBLE NOT NULL,
    feasibility DOUBLE NOT NULL,
    beta DOUBLE NOT NULL,
    gamma DOUBLE NOT NULL,
    kappa DOUBLE NOT NULL,
    source VARCHAR NOT NULL CHECK (source IN ('first guess', 'ahp', 'posterior', 'bandit', 'overrule')),
    why VARCHAR NOT NULL,
    CHECK (abs(logic + novelty + impact + reproducibility + meta + feasibility - 1) < 1e-9),
    CHECK (least(logic, novelty, impact, reproducibility, meta, feasibility) >= 0),
    CHECK (if(formula = 2, feasibility, meta) = 0)
);
INSERT INTO weights_by_formula
    SELECT version, 1, logic, novelty, impact, reproducibility, 0, feasibility, beta, gamma, kappa, 'first guess', why
    FROM weights;
INSERT INTO weights_by_formula
    SELECT max(version) + 1, 2, 0.30, 0.10, 0.10, 0.20, 0.30, 0, 6, -ln(2), 2, 'first guess',
        'first guess, not calibrated: feasibility stands beside V, its weight is the pipeline''s own score''s'
    FROM weights;
DROP TABLE weights;
ALTER TABLE weights_by_formula RENAME TO weights;

-- Every step of the weights, taken or held back; an undo is a step too
CREATE TABLE weight_step (
    step INTEGER PRIMARY KEY,
    source VARCHAR NOT NULL CHECK (source IN ('ahp', 'posterior', 'bandit', 'overrule', 'undo')),
    before INTEGER NOT NULL, -- version of the weights
    after INTEGER, -- NULL: held back
    undoes INTEGER, -- the step that an undo takes back
    why VARCHAR NOT NULL,
    evidence JSON NOT NULL, -- the numbers that it was taken by
    taken_utc_s DOUBLE NOT NULL
);

-- What was said of a trial before it ended: chance that it completes with a resistance at or below `target`
CREATE TABLE prediction (
    campaign VARCHAR NOT NULL,
    trial INTEGER NOT NULL,
    said_by VARCHAR NOT NULL, -- 'pipeline', or the expert who overruled it
    target DOUBLE NOT NULL, -- ohm cm2
    probability DOUBLE NOT NULL CHECK (probability BETWEEN 0 AND 1),
    low DOUBLE NOT NULL, -- central 90 % of the probability
    high DOUBLE NOT NULL,
    why VARCHAR NOT NULL,
    said_utc_s DOUBLE NOT NULL,
    PRIMARY KEY (campaign, trial, said_by)
);

-- An expert's answer which of two candidates is worth more
CREATE TABLE comparison (
    "left" VARCHAR NOT NULL, -- campaign/trial
    "right" VARCHAR NOT NULL,
    expert VARCHAR NOT NULL,
    answer VARCHAR NOT NULL CHECK (answer IN ('left', 'right', 'equal')),
    why VARCHAR NOT NULL,
    answered_utc_s DOUBLE NOT NULL,
    PRIMARY KEY ("left", "right", expert),
    CHECK ("left" < "right")
);

-- Pairwise comparisons of the scores by experts (Analytic Hierarchy Process), as last given by each
CREATE TABLE priority (
    expert VARCHAR NOT NULL,
    better VARCHAR NOT NULL, -- name of a score, alphabetically before `than`
    than VARCHAR NOT NULL,
    ratio DOUBLE NOT NULL CHECK (ratio BETWEEN 1.0 / 9.0 - 1e-9 AND 9), -- Saaty's scale: how many times as important
    given_utc_s DOUBLE NOT NULL,
    PRIMARY KEY (expert, better, than)
);

-- Each prediction beside what came of it; of replicates the geometric mean. NULL while the trial is open
CREATE VIEW prediction_outcome AS
    SELECT
        prediction.*,
        CASE trial.state WHEN 'failed' THEN false WHEN 'complete' THEN resistance <= target END AS good
    FROM prediction
    JOIN trial USING (campaign, trial)
    LEFT JOIN (
        SELECT campaign, trial, exp(avg(ln(value))) AS resistance
        FROM run JOIN quantity USING (run_id)
        WHERE name = 'r_interface_ohm_cm2' AND value > 0
        GROUP BY campaign, trial
    ) USING (campaign, trial);
