-- A file that came to a run after it had ended, from an instrument that no bench knows (a cycler). Its bytes are in
-- `blob`, what it says is in `quantity`
CREATE TABLE attachment (
    run_id VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL, -- of the file
    file VARCHAR NOT NULL, -- its name
    technique VARCHAR NOT NULL,
    names VARCHAR[] NOT NULL, -- the quantities that it gave
    attached_utc_s DOUBLE NOT NULL,
    told BOOLEAN NOT NULL, -- whether the campaign's optimizer has heard of it
    PRIMARY KEY (run_id, sha256)
);
