-- The logic score of a material: the probability that what is told of it belongs together, and why

CREATE TABLE consistency (
    composition VARCHAR PRIMARY KEY,
    probability DOUBLE NOT NULL CHECK (probability BETWEEN 0 AND 1),
    wrong_share DOUBLE NOT NULL, -- of records, that was supposed beforehand
    nats DOUBLE NOT NULL, -- weight of the evidence, whatever was supposed
    statements INTEGER NOT NULL, -- that were judged
    because VARCHAR NOT NULL,
    utc_s DOUBLE NOT NULL
);
