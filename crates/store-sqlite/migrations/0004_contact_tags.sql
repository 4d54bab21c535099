-- What agents call a contact, and what the shop knows about them; JSON, null when there is nothing.
ALTER TABLE contact ADD COLUMN tags TEXT;
ALTER TABLE contact ADD COLUMN attributes TEXT;
