-- What policies decide: on what terms, what cases are about, and how far readers of the journal are.

ALTER TABLE decision ADD COLUMN mode INTEGER NOT NULL DEFAULT 0;  -- 0 live, 1 shadow, 2 canary, 3 fallback
ALTER TABLE decision ADD COLUMN fallback TEXT;

CREATE TABLE case_summary (
    id              BLOB PRIMARY KEY,
    conversation_id BLOB NOT NULL,
    summary         TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX case_summary_conversation ON case_summary (conversation_id);

CREATE TABLE reader (
    name TEXT PRIMARY KEY,
    seq  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
