-- The desk in rows. `state` columns hold a thing whole, as JSON; the columns beside it are what lists filter and sort by.
-- Ids are 16-byte blobs, instants are microseconds UTC.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta (key, value) VALUES
    ('head', 0),     -- the newest position of the journal
    ('horizon', 0),  -- positions up to this one were removed by retention
    ('instance', randomblob(16));

CREATE TABLE journal (
    seq             INTEGER PRIMARY KEY,
    at              INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    actor_kind      INTEGER NOT NULL,  -- 0 contact, 1 agent, 2 a part of Plugboard
    actor_id        BLOB NOT NULL,     -- the id, or the name of the part
    conversation_id BLOB,
    caused_by       INTEGER,
    data            TEXT NOT NULL
) STRICT;

CREATE TABLE contact (
    n           INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE,
    merged_into BLOB,
    created_at  INTEGER NOT NULL,
    state       TEXT NOT NULL,
    name        TEXT,
    email       TEXT,
    phone       TEXT,
    locale      TEXT,
    note        TEXT
) STRICT;
CREATE INDEX contact_list ON contact (created_at) WHERE merged_into IS NULL;

CREATE TABLE identity (
    id         BLOB NOT NULL UNIQUE,
    contact_id BLOB NOT NULL REFERENCES contact (id) DEFERRABLE INITIALLY DEFERRED,
    kind       TEXT NOT NULL,
    scope      TEXT NOT NULL,
    value      TEXT NOT NULL,
    verified   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (value, kind, scope)
) STRICT;
CREATE INDEX identity_contact ON identity (contact_id);

-- Every list is read newest activity first, one index for each thing that lists filter by; `n` breaks ties.
CREATE TABLE conversation (
    n            INTEGER PRIMARY KEY,
    id           BLOB NOT NULL UNIQUE,
    status       INTEGER NOT NULL,  -- 0 open, 1 snoozed, 2 resolved, 3 merged
    inbox_id     BLOB NOT NULL,
    contact_id   BLOB NOT NULL REFERENCES contact (id) DEFERRABLE INITIALLY DEFERRED,
    shop_id      BLOB,
    team_id      BLOB,
    agent_id     BLOB,              -- the owner, or who it is offered to
    by_router    INTEGER NOT NULL,  -- routing gave or offered it
    priority     INTEGER NOT NULL,  -- 0 low to 3 urgent
    stage        INTEGER,           -- 0 presale to 3 review
    needs_reply  INTEGER NOT NULL,
    queued_since INTEGER,           -- set while it is open and nobody's
    merged_into  BLOB,
    created_at   INTEGER NOT NULL,
    active_at    INTEGER NOT NULL,
    state        TEXT NOT NULL
) STRICT;
CREATE INDEX conversation_status ON conversation (status, active_at);
CREATE INDEX conversation_agent ON conversation (agent_id, status, active_at);
CREATE INDEX conversation_team ON conversation (team_id, status, active_at);
CREATE INDEX conversation_inbox ON conversation (inbox_id, status, active_at);
CREATE INDEX conversation_shop ON conversation (shop_id, status, active_at);
-- Normal priority, no stage and "needs no reply" are what most conversations have: reading by status finds them at once.
CREATE INDEX conversation_priority ON conversation (priority, status, active_at) WHERE priority <> 1;
CREATE INDEX conversation_stage ON conversation (stage, status, active_at) WHERE stage IS NOT NULL;
CREATE INDEX conversation_needs_reply ON conversation (active_at) WHERE needs_reply = 1;
CREATE INDEX conversation_contact ON conversation (contact_id, inbox_id, created_at);
CREATE INDEX conversation_queue ON conversation (team_id, priority DESC, queued_since) WHERE queued_since IS NOT NULL;
-- Covers the numbers beside views.
CREATE INDEX conversation_counts ON conversation (status, team_id, shop_id, agent_id, needs_reply) WHERE status < 2;

CREATE TABLE conversation_tag (
    tag       TEXT NOT NULL,
    status    INTEGER NOT NULL,
    active_at INTEGER NOT NULL,
    n         INTEGER NOT NULL REFERENCES conversation (n) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (tag, status, active_at, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_tag_n ON conversation_tag (n);

CREATE TABLE message (
    seq             INTEGER PRIMARY KEY,
    id              BLOB NOT NULL UNIQUE,
    conversation_id BLOB NOT NULL,     -- no foreign key: each new conversation would look for its messages in all of them
    shown_in        BLOB NOT NULL,
    kind            INTEGER NOT NULL,  -- 0 inbound, 1 outbound, 2 note
    author_kind     INTEGER NOT NULL,
    author_id       BLOB NOT NULL,
    text            TEXT NOT NULL,
    attachments     TEXT,
    delivery        TEXT,
    client_id       TEXT,
    dedup_key       TEXT,
    at              INTEGER NOT NULL
) STRICT;
-- `seq` follows by itself, so a page of a thread is one range of this index.
CREATE INDEX message_thread ON message (shown_in);
CREATE INDEX message_moved ON message (conversation_id) WHERE shown_in <> conversation_id;
CREATE UNIQUE INDEX message_dedup ON message (dedup_key) WHERE dedup_key IS NOT NULL;

CREATE TABLE scheduled (
    message_id      BLOB PRIMARY KEY,
    conversation_id BLOB NOT NULL,
    text            TEXT NOT NULL,
    attachments     TEXT,
    client_id       TEXT,
    dedup_key       TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE attachment (
    id           BLOB NOT NULL UNIQUE,
    owner_kind   INTEGER NOT NULL,
    owner_id     BLOB NOT NULL,
    sha256       TEXT NOT NULL,
    name         TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size         INTEGER NOT NULL,
    at           INTEGER NOT NULL
) STRICT;

CREATE TABLE attachment_use (
    attachment_id   BLOB NOT NULL,
    conversation_id BLOB NOT NULL,
    PRIMARY KEY (attachment_id, conversation_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE timer (
    conversation_id BLOB NOT NULL,
    kind            TEXT NOT NULL,
    due_at          INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX timer_due ON timer (due_at);

CREATE TABLE outbox (
    n       INTEGER PRIMARY KEY,
    id      BLOB NOT NULL UNIQUE,
    state   INTEGER NOT NULL,  -- 0 pending, 1 done, 2 dead
    next_at INTEGER,
    entry   TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_pending ON outbox (next_at) WHERE state = 0;
CREATE INDEX outbox_dead ON outbox (n) WHERE state = 2;

CREATE TABLE decision (
    n               INTEGER PRIMARY KEY,
    id              BLOB NOT NULL UNIQUE,
    conversation_id BLOB NOT NULL,
    policy          TEXT NOT NULL,
    version         TEXT NOT NULL,
    inputs          TEXT NOT NULL,
    answer          TEXT NOT NULL,
    reason          TEXT NOT NULL,
    duration_us     INTEGER NOT NULL,
    at              INTEGER NOT NULL
) STRICT;
CREATE INDEX decision_conversation ON decision (conversation_id);

CREATE TABLE routed (
    agent_id BLOB PRIMARY KEY,
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE entity (
    kind          TEXT NOT NULL,
    id            BLOB NOT NULL,
    state         TEXT NOT NULL,
    email         TEXT UNIQUE,
    password_hash TEXT,
    token_hash    BLOB UNIQUE,
    PRIMARY KEY (kind, id)
) STRICT;

CREATE TABLE secret (
    kind   TEXT NOT NULL,
    id     BLOB NOT NULL,
    name   TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (kind, id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    id         BLOB PRIMARY KEY,
    agent_id   BLOB NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_agent ON session (agent_id);

CREATE TABLE draft (
    conversation_id BLOB NOT NULL,
    agent_id        BLOB NOT NULL,
    kind            INTEGER NOT NULL,
    text            TEXT NOT NULL,
    at              INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, agent_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE read_mark (
    conversation_id BLOB NOT NULL,
    agent_id        BLOB NOT NULL,
    seq             INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, agent_id)
) STRICT, WITHOUT ROWID;
