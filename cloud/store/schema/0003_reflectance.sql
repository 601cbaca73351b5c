-- The film monitor's channel (protocol.channels); NULL in points of benches that have none
ALTER TABLE point ADD COLUMN reflectance DOUBLE;
