-- A run of which every record is here, by the cloud's signature
CREATE TABLE certificate (
    run_id VARCHAR PRIMARY KEY,
    text VARCHAR NOT NULL, -- the very text under the signature
    signature VARCHAR NOT NULL, -- Ed25519, hex
    public_key VARCHAR NOT NULL, -- hex
    issued_utc_s DOUBLE NOT NULL
);

-- Who commanded what, what became of it, what was certified: rows are only added, each linked to the one before
CREATE TABLE audit (
    n UBIGINT PRIMARY KEY, -- 1, 2, 3, ...
    entry VARCHAR NOT NULL, -- one JSON object; the very text under the link
    link BLOB NOT NULL -- SHA-256(link before + entry)
);
