-- What a reply that waits for its time has besides its text when it goes by mail: recipients, subject, HTML.
ALTER TABLE scheduled ADD COLUMN mail TEXT;
