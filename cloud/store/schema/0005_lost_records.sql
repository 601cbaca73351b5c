-- Records that a bench has declared lost: its medium was damaged. Stored with the record that follows them
CREATE TABLE lost_record (
    bench VARCHAR NOT NULL,
    boot UBIGINT NOT NULL,
    first UBIGINT NOT NULL,
    last UBIGINT NOT NULL,
    declared_utc_s DOUBLE NOT NULL,
    PRIMARY KEY (bench, boot, first)
);
