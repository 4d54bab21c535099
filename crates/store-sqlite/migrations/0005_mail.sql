-- Email. Facts beside messages, in one place; what is looked up by is in columns.
CREATE TABLE mail (
    message_id BLOB PRIMARY KEY,
    inbox_id   BLOB NOT NULL,
    sender     TEXT NOT NULL,  -- small letters; empty for mails of ours
    topic      TEXT NOT NULL,  -- the subject without prefixes; empty when it has none
    at         INTEGER NOT NULL,
    facts      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_topic ON mail (inbox_id, sender, topic, at) WHERE topic <> '';

-- What a Message-ID means. Not unique in reality: the newest mail that has it counts.
CREATE TABLE mail_id (
    inbox_id        BLOB NOT NULL,
    rfc_id          TEXT NOT NULL,
    conversation_id BLOB NOT NULL,
    message_id      BLOB,          -- null when other mails only referred to it
    PRIMARY KEY (inbox_id, rfc_id)
) STRICT, WITHOUT ROWID;

-- What was taken in, for ever: a row outlives its message, so that what was deleted does not come back.
CREATE TABLE mail_seen (
    inbox_id    BLOB NOT NULL,
    fingerprint TEXT NOT NULL,
    message_id  BLOB,
    at          INTEGER NOT NULL,
    PRIMARY KEY (inbox_id, fingerprint)
) STRICT, WITHOUT ROWID;

CREATE TABLE mail_sender (
    inbox_id BLOB NOT NULL,
    address  TEXT NOT NULL,
    state    TEXT NOT NULL,
    PRIMARY KEY (inbox_id, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE mail_folder (
    inbox_id     BLOB NOT NULL,
    folder       TEXT NOT NULL,
    uid_validity INTEGER NOT NULL,
    last_uid     INTEGER NOT NULL,
    PRIMARY KEY (inbox_id, folder)
) STRICT, WITHOUT ROWID;

-- Mails that are accounted for otherwise than by the cursor: ahead of it, quarantined, vanished, tried again.
CREATE TABLE mail_uid (
    inbox_id     BLOB NOT NULL,
    folder       TEXT NOT NULL,
    uid_validity INTEGER NOT NULL,
    uid          INTEGER NOT NULL,
    fate         TEXT NOT NULL,
    PRIMARY KEY (inbox_id, folder, uid_validity, uid)
) STRICT, WITHOUT ROWID;
