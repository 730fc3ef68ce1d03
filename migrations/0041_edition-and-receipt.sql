-- Where remote assistance is switched off. What has no row is on.
CREATE TABLE edition_off (
  kind TEXT NOT NULL CHECK (kind IN ('everybody', 'department', 'category', 'sharer-role', 'agent-role')),
  -- A department's id, a category's, a role; `all` for everybody.
  subject TEXT NOT NULL,
  PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER a_removed_department_has_no_switch AFTER DELETE ON departments
BEGIN
  DELETE FROM edition_off WHERE kind = 'department' AND subject = OLD.id;
END;

CREATE TABLE edition_versions (
  version INTEGER PRIMARY KEY CHECK (version > 0),
  changed_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL REFERENCES people (id)
) STRICT;

-- What the chain says of one session, for its receipt.
ALTER TABLE audit_events ADD COLUMN target_id TEXT GENERATED ALWAYS AS (json_extract(payload, '$.target.id')) VIRTUAL;
CREATE INDEX audit_events_by_target ON audit_events (target_id, seq);
