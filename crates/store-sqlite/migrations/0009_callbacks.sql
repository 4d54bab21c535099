-- Calls as work: who is to be called, until they were talked with; and what agents wrote for those after them.
ALTER TABLE call ADD COLUMN handover TEXT;
ALTER TABLE call ADD COLUMN answered_at INTEGER;  -- both sides first talked
ALTER TABLE call ADD COLUMN written_up INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call ADD COLUMN follow_up_at INTEGER; -- when the contact is to be called again
UPDATE call SET
    answered_at = CASE WHEN json_extract(state, '$.times.answered_at') IS NOT NULL
                  THEN CAST(unixepoch(json_extract(state, '$.times.answered_at'), 'subsec') * 1000000 AS INTEGER) END,
    written_up = json_extract(state, '$.disposition') IS NOT NULL,
    follow_up_at = CASE WHEN json_extract(state, '$.disposition.follow_up_at') IS NOT NULL
                   THEN CAST(unixepoch(json_extract(state, '$.disposition.follow_up_at'), 'subsec') * 1000000 AS INTEGER) END;
CREATE INDEX call_conversation ON call (conversation_id, started_at);
CREATE INDEX call_again ON call (started_at, id) WHERE missed = 1 OR follow_up_at IS NOT NULL;
