-- What was fetched from a provider over the network. A fetch is a row of knowledge_import as well: `file` is the base
-- URL, `sha256` that of the query, and `line` of its facts the number of the entry

CREATE TABLE fetched_page (
    import VARCHAR NOT NULL,
    page BIGINT NOT NULL, -- from 1
    url VARCHAR NOT NULL,
    next VARCHAR NOT NULL, -- where a fetch that was killed goes on; '' after the last page
    provider VARCHAR NOT NULL,
    api_version VARCHAR NOT NULL,
    fetched_utc_s DOUBLE NOT NULL,
    PRIMARY KEY (import, page)
);

CREATE TABLE fetched_entry (
    import VARCHAR NOT NULL,
    line BIGINT NOT NULL, -- the entry's number in the fetch, from 1: as of table fact
    page BIGINT NOT NULL,
    source_id VARCHAR NOT NULL, -- the provider's name of the entry
    url VARCHAR NOT NULL, -- of the entry alone
    last_modified VARCHAR NOT NULL, -- as the provider writes it, '' where it does not
    immutable_id VARCHAR NOT NULL, -- of just this version of the entry, '' where none is told
    PRIMARY KEY (import, line)
);

-- Where each fetched fact is from
CREATE VIEW fact_origin AS
    SELECT fact.fact, page.provider, entry.source_id, entry.url, entry.last_modified, entry.immutable_id,
        page.api_version, page.fetched_utc_s
    FROM fact JOIN fetched_entry entry ON entry.import = fact.import AND entry.line = fact.line
    JOIN fetched_page page ON page.import = entry.import AND page.page = entry.page;
