-- Knowledge: what others have published of materials. A fact stays as it came; what is doubtful of it is a flag beside it

CREATE TABLE knowledge_import (
    import VARCHAR PRIMARY KEY, -- SHA-256 of the file's bytes and of how it was read
    file VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL, -- of the file's bytes
    reading VARCHAR NOT NULL, -- the format, or the mapping of its columns as JSON
    rows_done BIGINT NOT NULL, -- rows that are wholly in; a load that was killed goes on after them
    facts BIGINT NOT NULL, -- that were new
    refused BIGINT NOT NULL, -- rows that could not be understood
    state VARCHAR NOT NULL CHECK (state IN ('running', 'complete')),
    started_utc_s DOUBLE NOT NULL,
    ended_utc_s DOUBLE
);

-- The first rows of an import that could not be understood (knowledge_import.refused counts all)
CREATE TABLE refused_row (
    import VARCHAR NOT NULL,
    line BIGINT NOT NULL,
    why VARCHAR NOT NULL,
    PRIMARY KEY (import, line, why)
);

CREATE TABLE composition (
    composition VARCHAR PRIMARY KEY, -- lowest whole numbers, elements in alphabetical order: La3Li7O12Zr2
    formula VARCHAR NOT NULL, -- the same by electronegativity: Li7La3Zr2O12
    chemical_system VARCHAR NOT NULL, -- La-Li-O-Zr
    elements VARCHAR[] NOT NULL, -- in alphabetical order
    fractions DOUBLE[] NOT NULL -- of all atoms, sum 1
);

CREATE VIEW composition_element AS
    SELECT composition, unnest(elements) AS element, unnest(fractions) AS fraction FROM composition;

-- A copy of cloud/knowledge/properties.py
CREATE TABLE property (
    property VARCHAR PRIMARY KEY,
    unit VARCHAR NOT NULL, -- of every value; 1: none
    scale VARCHAR NOT NULL CHECK (scale IN ('log', 'linear')), -- log where values span decades
    lowest DOUBLE, -- what nature allows; beyond it a fact is flagged
    highest DOUBLE,
    meaning VARCHAR NOT NULL
);

CREATE TABLE fact (
    fact BIGINT PRIMARY KEY, -- hash of what the source says: loading it again adds nothing
    composition VARCHAR NOT NULL,
    formula VARCHAR NOT NULL, -- as the source writes it
    property VARCHAR NOT NULL,
    value DOUBLE NOT NULL, -- in the property's unit; of a censored one the limit
    low DOUBLE, -- what the source allows for: a range, or one standard deviation each way
    high DOUBLE,
    comparison VARCHAR NOT NULL CHECK (comparison IN ('=', '<', '>', '~')), -- of the true value to `value`
    said VARCHAR NOT NULL, -- value and unit as the source writes them
    temperature_c DOUBLE,
    method VARCHAR NOT NULL, -- measured, PBE, text-mined, derived, ...
    phase VARCHAR NOT NULL, -- space group, structure or phase where the source tells it, else ''
    source VARCHAR NOT NULL, -- Materials Project, OBELiX, ...
    dataset VARCHAR NOT NULL, -- which part of the source
    source_id VARCHAR NOT NULL, -- the source's own name of the row, else ''
    line BIGINT, -- of the file, the header being line 1; of a PDF the line on its page
    page INTEGER, -- of a document
    dois VARCHAR[] NOT NULL,
    confidence DOUBLE NOT NULL CHECK (confidence BETWEEN 0 AND 1), -- that the row says what its source says
    licence VARCHAR NOT NULL,
    derived_from BIGINT[] NOT NULL, -- the facts of which it was computed
    import VARCHAR NOT NULL
);

CREATE TABLE fact_flag (
    fact BIGINT NOT NULL,
    flag VARCHAR NOT NULL, -- impossible, outlier, unit, equal_shares, ...
    why VARCHAR NOT NULL,
    PRIMARY KEY (fact, flag)
);

CREATE VIEW flagged_fact AS
    SELECT fact.*, coalesce(flags, []) AS flags
    FROM fact LEFT JOIN (SELECT fact, list(flag ORDER BY flag) AS flags FROM fact_flag GROUP BY fact) USING (fact);

-- One row a composition, property and temperature (to 25 °C; NULL where none is told). Facts that nature forbids or
-- whose unit is suspect have no say. A censored value counts with its limit, which is right for a median as long as
-- the limit lies on its own side of it. Of a log property the middle is geometric and the spread is in decades
CREATE VIEW consensus AS
WITH said AS (
    SELECT composition, property, 25 * round(temperature_c / 25) AS near_c, value, comparison, source, dataset,
        CASE WHEN scale = 'log' AND value > 0 THEN log10(value) WHEN scale = 'linear' THEN value END AS y, scale
    FROM fact JOIN property USING (property)
    WHERE fact NOT IN (SELECT fact FROM fact_flag WHERE flag IN ('impossible', 'unit'))
)
SELECT composition, property, near_c, count(*) AS n, count(DISTINCT source) AS sources,
    count(DISTINCT dataset) AS datasets, count(*) FILTER (comparison IN ('<', '>')) AS censored,
    CASE WHEN any_value(scale) = 'log' THEN coalesce(pow(10, median(y)), 0) ELSE median(y) END AS value,
    CASE WHEN count(y) > 1 THEN 1.4826 * mad(y) END AS spread, -- as a standard deviation, were it normal
    min(value) AS lowest, max(value) AS highest
FROM said GROUP BY composition, property, near_c;

-- How others made materials
CREATE TABLE synthesis (
    synthesis BIGINT PRIMARY KEY, -- hash of what the source says
    composition VARCHAR NOT NULL, -- of the target; '' where its formula holds a variable or is not understood
    target VARCHAR NOT NULL, -- as the source writes it
    targets VARCHAR[] NOT NULL, -- with variables filled in, where the source tells them
    precursors VARCHAR[] NOT NULL,
    reaction VARCHAR NOT NULL,
    highest_c DOUBLE, -- the hottest heating
    highest_h DOUBLE, -- the longest heating
    atmosphere VARCHAR NOT NULL,
    operations VARCHAR[] NOT NULL,
    source_id VARCHAR NOT NULL,
    method VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    line BIGINT,
    dois VARCHAR[] NOT NULL,
    confidence DOUBLE NOT NULL,
    licence VARCHAR NOT NULL,
    import VARCHAR NOT NULL
);

-- The compositions that a recipe makes (its targets that were understood)
CREATE TABLE synthesis_target (
    synthesis BIGINT NOT NULL,
    composition VARCHAR NOT NULL,
    PRIMARY KEY (synthesis, composition)
);

-- Each property to 0..1; the greatest version counts. low and high are quantiles of the (log10) values
CREATE TABLE normalisation (
    version INTEGER NOT NULL,
    property VARCHAR NOT NULL,
    scale VARCHAR NOT NULL,
    low DOUBLE NOT NULL,
    high DOUBLE NOT NULL,
    n BIGINT NOT NULL,
    made_utc_s DOUBLE NOT NULL,
    PRIMARY KEY (version, property)
);
