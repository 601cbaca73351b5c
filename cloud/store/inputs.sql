-- What the scores read, filled anew for each call of Store.score: the candidates, what was tested, the bench's limits.
-- `position` is a recipe as a point: each number scaled by the envelope's range, each cation by 3 atoms per 12 O,
-- another interlayer or atmosphere is a distance of 1.

CREATE TEMP TABLE IF NOT EXISTS candidate (
    candidate_id VARCHAR,
    li_excess DOUBLE,
    interlayer_nm DOUBLE,
    fluence_j_cm2 DOUBLE,
    rep_rate_hz DOUBLE,
    substrate_c DOUBLE,
    o2_pa DOUBLE,
    distance_mm DOUBLE,
    pulses DOUBLE,
    anneal_c DOUBLE,
    anneal_min DOUBLE,
    air_exposure_min DOUBLE,
    interlayer VARCHAR,
    anneal_atmosphere VARCHAR,
    "Al" DOUBLE, -- cations: atoms per 12 O
    "Ga" DOUBLE,
    "La" DOUBLE,
    "Nb" DOUBLE,
    "Ta" DOUBLE,
    "Zr" DOUBLE,
    neutral_li DOUBLE, -- lithium per 12 O that makes them charge neutral
    energy_mj DOUBLE, -- laser energy a pulse
    refusal VARCHAR, -- why the bench would refuse it; '' if it would not
    position DOUBLE[]
);

CREATE TEMP TABLE IF NOT EXISTS candidate_element (candidate_id VARCHAR, element VARCHAR, fraction DOUBLE);

-- Trials that ended: complete (ok) or failed
CREATE TEMP TABLE IF NOT EXISTS tested (tested_id VARCHAR, ok BOOLEAN, position DOUBLE[]);

-- log10 of the interfacial resistance (ohm cm2), one row a run
CREATE TEMP TABLE IF NOT EXISTS tested_value (tested_id VARCHAR, value DOUBLE);

-- One minus the squared error of what the pipeline had said of it, where it had said anything
CREATE TEMP TABLE IF NOT EXISTS tested_prediction (tested_id VARCHAR, hit DOUBLE);

CREATE TEMP TABLE IF NOT EXISTS interlock (name VARCHAR, highest DOUBLE);

-- Filled from the scores, read by fused.sql
CREATE TEMP TABLE IF NOT EXISTS candidate_score (candidate_id VARCHAR, name VARCHAR, score DOUBLE);

-- How near each tested trial is to each candidate: 1 for the same recipe, e^-0.5 at a distance of 0.3 (knob)
CREATE TEMP VIEW IF NOT EXISTS near AS
    SELECT
        candidate_id,
        tested_id,
        ok,
        list_distance(candidate.position, tested.position) AS distance,
        exp(-0.5 * pow(list_distance(candidate.position, tested.position) / 0.3, 2)) AS nearness
    FROM candidate CROSS JOIN tested;

-- How far each known material's composition is: 0 the same, 1 no element in common (half the L1 distance of the
-- fractions of atoms; only shared elements count: sum |a - b| = 2 - 2 sum min(a, b) when both sum to one)
CREATE TEMP VIEW IF NOT EXISTS likeness AS
    SELECT
        candidate_id,
        source,
        source_id,
        1 - sum(least(candidate_element.fraction, material_element.fraction)) AS distance
    FROM candidate_element JOIN material_element USING (element)
    GROUP BY candidate_id, source, source_id;
