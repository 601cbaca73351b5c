-- Tables of an adatom database. Times: t_ms is a bench's monotonic clock since its boot, *_utc_s is seconds since
-- 1970 by the clock of the machine that writes. A missing value is NULL. No foreign keys: what a bench has sent is
-- stored whether or not the campaign is known here.

CREATE TABLE schema_migration (
    version INTEGER PRIMARY KEY,
    name VARCHAR NOT NULL,
    applied_utc TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')
);

-- What benches send ---------------------------------------------------------------------------------------------

CREATE TABLE bench (
    bench VARCHAR PRIMARY KEY,
    first_seen_utc_s DOUBLE NOT NULL
);

CREATE TABLE boot (
    bench VARCHAR NOT NULL,
    boot UBIGINT NOT NULL,
    first_hello_utc_s DOUBLE NOT NULL,
    last_hello_utc_s DOUBLE NOT NULL,
    wall_offset_ms DOUBLE NOT NULL, -- UTC of this machine minus t_ms, at the last hello
    envelope_sha256 VARCHAR NOT NULL,
    software VARCHAR NOT NULL,
    simulated BOOLEAN NOT NULL,
    PRIMARY KEY (bench, boot)
);

-- Every numbered record as it came: what a completeness certificate is checked against
CREATE TABLE record (
    bench VARCHAR NOT NULL,
    boot UBIGINT NOT NULL,
    first UBIGINT NOT NULL, -- the record holds the sequence numbers first .. first + count - 1
    count UBIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    run_id VARCHAR,
    received_utc_s DOUBLE NOT NULL,
    link BLOB NOT NULL, -- hash chain up to and with this record
    body BLOB NOT NULL, -- the very bytes under the link
    PRIMARY KEY (bench, boot, first)
);

-- One reading of all channels at one tick, in real units (protocol.channels)
CREATE TABLE point (
    bench VARCHAR NOT NULL,
    boot UBIGINT NOT NULL,
    seq UBIGINT NOT NULL,
    run_id VARCHAR,
    t_ms BIGINT NOT NULL,
    wall_offset_ms DOUBLE,
    heater_c DOUBLE,
    guard_c DOUBLE,
    pressure_pa DOUBLE,
    vacuum_lgpa DOUBLE,
    flow_sccm DOUBLE,
    energy_mj DOUBLE,
    pulses DOUBLE,
    heater_w DOUBLE,
    valve_pct DOUBLE,
    target_c DOUBLE,
    target_pa DOUBLE,
    target_mj DOUBLE,
    slot DOUBLE,
    state DOUBLE,
    water_lpm DOUBLE,
    door DOUBLE,
    PRIMARY KEY (bench, boot, seq)
);

CREATE TABLE event (
    bench VARCHAR NOT NULL,
    boot UBIGINT NOT NULL,
    seq UBIGINT NOT NULL,
    run_id VARCHAR,
    t_ms BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    data JSON NOT NULL,
    PRIMARY KEY (bench, boot, seq)
);

-- A measurement comes in parts that fit a message; `columns` holds the part's rows by column name with unit
CREATE TABLE measurement (
    bench VARCHAR NOT NULL,
    boot UBIGINT NOT NULL,
    seq UBIGINT NOT NULL,
    run_id VARCHAR,
    t_ms BIGINT NOT NULL,
    technique VARCHAR NOT NULL,
    part INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    columns JSON NOT NULL,
    meta JSON NOT NULL,
    PRIMARY KEY (bench, boot, seq)
);

CREATE TABLE blob_part (
    bench VARCHAR NOT NULL,
    boot UBIGINT NOT NULL,
    seq UBIGINT NOT NULL,
    run_id VARCHAR,
    sha256 VARCHAR NOT NULL, -- of the whole blob
    part INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    data BLOB, -- NULL once the whole blob is in `blob`
    PRIMARY KEY (bench, boot, seq)
);

CREATE TABLE blob (
    sha256 VARCHAR PRIMARY KEY,
    size UBIGINT NOT NULL,
    data BLOB NOT NULL
);

CREATE TABLE result (
    bench VARCHAR NOT NULL,
    boot UBIGINT NOT NULL,
    seq UBIGINT NOT NULL,
    run_id VARCHAR,
    t_ms BIGINT NOT NULL,
    trial_id VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    ranges JSON NOT NULL, -- [boot, first, last] of every record of the run
    root VARCHAR NOT NULL, -- chain link before this record, hex
    summary JSON NOT NULL,
    PRIMARY KEY (bench, boot, seq)
);

-- A command that the bench refused
CREATE TABLE refusal (
    bench VARCHAR NOT NULL,
    boot UBIGINT NOT NULL,
    seq UBIGINT NOT NULL,
    t_ms BIGINT NOT NULL,
    counter UBIGINT NOT NULL,
    name VARCHAR NOT NULL,
    reasons JSON NOT NULL,
    PRIMARY KEY (bench, boot, seq)
);

-- Campaigns -----------------------------------------------------------------------------------------------------

CREATE TABLE campaign (
    campaign VARCHAR PRIMARY KEY,
    file VARCHAR NOT NULL, -- the text of the campaign file
    seed BIGINT NOT NULL,
    created_utc_s DOUBLE NOT NULL
);

-- State of a campaign's optimizer, one JSON
CREATE TABLE optimizer_state (
    campaign VARCHAR PRIMARY KEY,
    state JSON NOT NULL
);

CREATE TABLE trial (
    campaign VARCHAR NOT NULL,
    trial INTEGER NOT NULL,
    state VARCHAR NOT NULL,
    recipe JSON NOT NULL,
    provenance VARCHAR NOT NULL, -- which rule proposed it
    why VARCHAR NOT NULL, -- in words
    attempts INTEGER NOT NULL DEFAULT 0, -- runs started
    created_utc_s DOUBLE NOT NULL,
    changed_utc_s DOUBLE NOT NULL,
    PRIMARY KEY (campaign, trial)
);

CREATE TABLE trial_history (
    campaign VARCHAR NOT NULL,
    trial INTEGER NOT NULL,
    utc_s DOUBLE NOT NULL,
    event VARCHAR NOT NULL,
    state VARCHAR NOT NULL, -- after the event
    why VARCHAR NOT NULL
);

CREATE TABLE run (
    run_id VARCHAR PRIMARY KEY,
    campaign VARCHAR NOT NULL,
    trial INTEGER NOT NULL,
    replicate INTEGER NOT NULL,
    bench VARCHAR NOT NULL,
    outcome VARCHAR, -- NULL while it runs
    reason VARCHAR NOT NULL DEFAULT '',
    started_utc_s DOUBLE NOT NULL,
    ended_utc_s DOUBLE
);

-- What was found out about a sample
CREATE TABLE quantity (
    run_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    value DOUBLE, -- in `unit`; of a censored one the limit
    sd DOUBLE, -- standard deviation, on `scale`
    scale VARCHAR NOT NULL CHECK (scale IN ('linear', 'ln', 'log10')), -- the sd is of the value, its ln or its log10
    unit VARCHAR NOT NULL,
    censored BOOLEAN NOT NULL, -- the true value lies beyond `value`
    simulated BOOLEAN NOT NULL,
    quality JSON NOT NULL, -- what the analysis says about itself
    PRIMARY KEY (run_id, name)
);

-- Knowledge -----------------------------------------------------------------------------------------------------

CREATE TABLE material (
    source VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    formula VARCHAR NOT NULL, -- as the source writes it
    elements VARCHAR[] NOT NULL, -- in alphabetical order
    fractions DOUBLE[] NOT NULL, -- of all atoms, sum 1
    conductivity_s_cm DOUBLE NOT NULL, -- of one below detection: the limit
    below_detection BOOLEAN NOT NULL,
    temperature_c DOUBLE NOT NULL,
    family VARCHAR NOT NULL,
    space_group VARCHAR NOT NULL,
    doi VARCHAR NOT NULL,
    licence VARCHAR NOT NULL,
    PRIMARY KEY (source, source_id)
);

CREATE VIEW material_element AS
    SELECT source, source_id, unnest(elements) AS element, unnest(fractions) AS fraction FROM material;

-- Logs of real chambers, imported
CREATE TABLE imported_log (
    sha256 VARCHAR PRIMARY KEY, -- of the values
    source VARCHAR NOT NULL,
    imported_utc_s DOUBLE NOT NULL,
    quirks JSON NOT NULL
);

CREATE TABLE log_channel (
    sha256 VARCHAR NOT NULL,
    channel VARCHAR NOT NULL,
    unit VARCHAR NOT NULL,
    PRIMARY KEY (sha256, channel)
);

CREATE TABLE log_point (
    sha256 VARCHAR NOT NULL,
    row_number INTEGER NOT NULL,
    time_s DOUBLE NOT NULL,
    channel VARCHAR NOT NULL,
    value DOUBLE
);

CREATE TABLE log_event (
    sha256 VARCHAR NOT NULL,
    time_s DOUBLE NOT NULL,
    text VARCHAR NOT NULL
);

-- Judgement -----------------------------------------------------------------------------------------------------

-- Every change of the weights is a new version; the greatest one counts
CREATE TABLE weights (
    version INTEGER PRIMARY KEY,
    logic DOUBLE NOT NULL,
    novelty DOUBLE NOT NULL,
    impact DOUBLE NOT NULL,
    reproducibility DOUBLE NOT NULL,
    feasibility DOUBLE NOT NULL,
    beta DOUBLE NOT NULL,
    gamma DOUBLE NOT NULL,
    kappa DOUBLE NOT NULL,
    why VARCHAR NOT NULL,
    CHECK (abs(logic + novelty + impact + reproducibility + feasibility - 1) < 1e-9)
);
INSERT INTO weights VALUES
    (1, 0.30, 0.10, 0.10, 0.20, 0.30, 6, -ln(2), 2,
     'first guess, not calibrated: what must hold (logic, feasibility) before what would be nice');

CREATE TABLE score (
    campaign VARCHAR NOT NULL,
    trial INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    because VARCHAR NOT NULL,
    PRIMARY KEY (campaign, trial, name)
);

CREATE TABLE fused_score (
    campaign VARCHAR NOT NULL,
    trial INTEGER NOT NULL,
    value DOUBLE NOT NULL, -- V
    hyperscore DOUBLE NOT NULL,
    reading VARCHAR NOT NULL,
    weights_version INTEGER NOT NULL,
    scored_utc_s DOUBLE NOT NULL,
    PRIMARY KEY (campaign, trial)
);
