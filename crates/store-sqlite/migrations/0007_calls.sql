-- Calls. The state whole; what is looked up by, and what is content, in columns.
CREATE TABLE call (
    id               BLOB PRIMARY KEY,
    conversation_id  BLOB NOT NULL,
    message_id       BLOB NOT NULL UNIQUE,
    inbox_id         BLOB NOT NULL,
    agent_id         BLOB,             -- who talks or talked last
    dialled_by       BLOB,             -- who began it, of outbound ones
    live             INTEGER NOT NULL, -- 1 until nothing but recording and write-up can change
    missed           INTEGER NOT NULL,
    started_at       INTEGER NOT NULL,
    ended_at         INTEGER,
    due_at           INTEGER,
    provider         TEXT NOT NULL,
    provider_call_id TEXT NOT NULL,
    number           TEXT NOT NULL,
    e164             TEXT,
    own_number       TEXT NOT NULL,
    transfer_number  TEXT,
    note             TEXT,
    state            TEXT NOT NULL,
    UNIQUE (provider, provider_call_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_live ON call (started_at) WHERE live = 1;
CREATE INDEX call_due ON call (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX call_begun ON call (started_at, id);
CREATE INDEX call_dialled ON call (dialled_by, started_at) WHERE dialled_by IS NOT NULL;
