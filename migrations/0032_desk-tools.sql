-- Texts that agents write often. No owner: shared by the desk.
CREATE TABLE canned_replies (
  id TEXT PRIMARY KEY,
  owner_id TEXT REFERENCES people (id),
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX canned_reply_titles_are_unique ON canned_replies (COALESCE(owner_id, ''), title COLLATE NOCASE);
