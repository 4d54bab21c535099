-- What channels of providers and plugins need: where answers go, what providers call messages, what contacts changed, and
-- what plugins keep.

-- Where answers in a conversation go.
CREATE TABLE reply_to (
    conversation_id BLOB PRIMARY KEY,
    inbox_id        BLOB NOT NULL,
    identity_id     BLOB NOT NULL,
    thread_key      TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX reply_to_thread ON reply_to (inbox_id, thread_key) WHERE thread_key IS NOT NULL;

-- What providers call messages that left. A report that came before the provider's answer waits here for a day.
CREATE TABLE external_ref (
    inbox_id    BLOB NOT NULL,
    external_id TEXT NOT NULL,
    message_id  BLOB,
    early       TEXT,
    at          INTEGER NOT NULL,
    PRIMARY KEY (inbox_id, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX external_ref_early ON external_ref (at) WHERE message_id IS NULL;

ALTER TABLE message ADD COLUMN edited_at INTEGER;
ALTER TABLE message ADD COLUMN taken_back_at INTEGER;

-- What a message said before the contact changed it or took it back.
CREATE TABLE message_before (
    message_id BLOB NOT NULL,
    until      INTEGER NOT NULL,
    text       TEXT NOT NULL
) STRICT;
CREATE INDEX message_before_id ON message_before (message_id);

-- Jobs of one conversation are done in order; timers are counted by plugin.
ALTER TABLE outbox ADD COLUMN conversation_id BLOB;
ALTER TABLE outbox ADD COLUMN plugin TEXT;
CREATE INDEX outbox_order ON outbox (conversation_id, n) WHERE state = 0 AND conversation_id IS NOT NULL;
CREATE INDEX outbox_plugin ON outbox (plugin) WHERE plugin IS NOT NULL;

-- The request of a hook, the payload of a timer.
CREATE TABLE outbox_body (
    outbox_id BLOB PRIMARY KEY,
    body      BLOB NOT NULL
) STRICT;

CREATE TABLE plugin_value (
    plugin     TEXT NOT NULL,
    account    TEXT NOT NULL,
    key        TEXT NOT NULL,
    value      BLOB NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (plugin, account, key)
) STRICT;
CREATE INDEX plugin_value_expiry ON plugin_value (expires_at) WHERE expires_at IS NOT NULL;

-- Counted as it changes, so that a quota costs the same however much is kept.
CREATE TABLE plugin_usage (
    plugin  TEXT NOT NULL,
    account TEXT NOT NULL,
    keys    INTEGER NOT NULL,
    bytes   INTEGER NOT NULL,
    PRIMARY KEY (plugin, account)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER plugin_value_comes AFTER INSERT ON plugin_value BEGIN
    INSERT INTO plugin_usage (plugin, account, keys, bytes)
    VALUES (new.plugin, new.account, 1, length(CAST(new.key AS BLOB)) + length(new.value))
    ON CONFLICT (plugin, account) DO UPDATE SET keys = keys + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER plugin_value_changes AFTER UPDATE OF value ON plugin_value BEGIN
    UPDATE plugin_usage SET bytes = bytes + length(new.value) - length(old.value)
    WHERE plugin = new.plugin AND account = new.account;
END;
CREATE TRIGGER plugin_value_goes AFTER DELETE ON plugin_value BEGIN
    UPDATE plugin_usage
    SET keys = keys - 1, bytes = bytes - length(CAST(old.key AS BLOB)) - length(old.value)
    WHERE plugin = old.plugin AND account = old.account;
END;
