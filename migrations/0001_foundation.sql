-- The organisation, its people and what they sign in with.
CREATE TABLE organisation (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  name TEXT NOT NULL,
  set_up_at INTEGER NOT NULL
) STRICT;

CREATE TABLE departments (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL COLLATE NOCASE UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE people (
  id TEXT PRIMARY KEY,
  employee_number TEXT NOT NULL COLLATE NOCASE UNIQUE,
  name TEXT NOT NULL,
  department_id TEXT NOT NULL REFERENCES departments (id),
  password_hash TEXT,
  is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
  language TEXT CHECK (language IN ('en', 'zh-CN')),
  created_at INTEGER NOT NULL,
  last_sign_in_at INTEGER
) STRICT;
CREATE INDEX people_by_department ON people (department_id);

CREATE TABLE person_roles (
  person_id TEXT NOT NULL REFERENCES people (id),
  role TEXT NOT NULL CHECK (role IN ('employee', 'agent', 'lead', 'security', 'auditor', 'admin')),
  PRIMARY KEY (person_id, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE person_photos (
  person_id TEXT PRIMARY KEY REFERENCES people (id),
  media_type TEXT NOT NULL CHECK (media_type IN ('image/png', 'image/jpeg')),
  sha256 TEXT NOT NULL,
  bytes BLOB NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;

-- Secrets are kept as SHA-256 of 256 random bits.
CREATE TABLE password_links (
  token_hash TEXT PRIMARY KEY,
  person_id TEXT NOT NULL UNIQUE REFERENCES people (id),
  expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sign_ins (
  id TEXT PRIMARY KEY,
  secret_hash TEXT NOT NULL UNIQUE,
  person_id TEXT REFERENCES people (id),
  guest_session_id TEXT,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  CONSTRAINT sign_in_is_of_a_person_or_a_guest CHECK ((person_id IS NULL) <> (guest_session_id IS NULL))
) STRICT;
CREATE INDEX sign_ins_by_person ON sign_ins (person_id);

-- Every certificate that the internal CA has issued. Serial numbers are lower-case hex.
CREATE TABLE certificates (
  serial_number TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('server', 'identity', 'device', 'checkpoint')),
  -- The person of an identity, the session of a device; empty for the server's own.
  subject_id TEXT NOT NULL,
  public_key_sha256 TEXT NOT NULL,
  pem TEXT NOT NULL,
  not_before INTEGER NOT NULL,
  not_after INTEGER NOT NULL,
  revoked_at INTEGER,
  revoked_reason TEXT,
  CONSTRAINT a_revocation_has_a_reason CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
) STRICT;
CREATE INDEX certificates_by_subject ON certificates (kind, subject_id);
CREATE TRIGGER certificates_a_revocation_is_final BEFORE UPDATE ON certificates
WHEN OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NOT OLD.revoked_at
BEGIN
  SELECT RAISE(ABORT, 'a revocation is final');
END;

-- The audit chain: hash = SHA-256 over seq, at, prev_hash and payload_hash; payload_hash = SHA-256 over salt and payload.
-- A payload and its salt may be deleted together; nothing else ever changes.
CREATE TABLE audit_events (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  prev_hash TEXT NOT NULL,
  payload_hash TEXT NOT NULL,
  salt TEXT,
  payload TEXT,
  hash TEXT NOT NULL UNIQUE,
  actor_id TEXT GENERATED ALWAYS AS (json_extract(payload, '$.actor.id')) VIRTUAL,
  action TEXT GENERATED ALWAYS AS (json_extract(payload, '$.action')) VIRTUAL,
  outcome TEXT GENERATED ALWAYS AS (json_extract(payload, '$.outcome')) VIRTUAL,
  CONSTRAINT payload_and_salt_go_together CHECK ((salt IS NULL) = (payload IS NULL))
) STRICT;
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, seq);
CREATE INDEX audit_events_by_action ON audit_events (action, seq);
CREATE INDEX audit_events_by_time ON audit_events (at);

CREATE TRIGGER audit_events_are_never_deleted BEFORE DELETE ON audit_events
BEGIN
  SELECT RAISE(ABORT, 'audit events are append-only');
END;
CREATE TRIGGER audit_events_are_never_changed BEFORE UPDATE ON audit_events
WHEN NEW.seq IS NOT OLD.seq OR NEW.at IS NOT OLD.at OR NEW.prev_hash IS NOT OLD.prev_hash
  OR NEW.payload_hash IS NOT OLD.payload_hash OR NEW.hash IS NOT OLD.hash
  OR (NEW.payload IS NOT NULL AND NEW.payload IS NOT OLD.payload)
  OR (NEW.salt IS NOT NULL AND NEW.salt IS NOT OLD.salt)
BEGIN
  SELECT RAISE(ABORT, 'audit events are append-only');
END;
CREATE TRIGGER audit_events_are_chained BEFORE INSERT ON audit_events
WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit_events)
  OR NEW.prev_hash <> COALESCE(
    (SELECT hash FROM audit_events ORDER BY seq DESC LIMIT 1),
    '0000000000000000000000000000000000000000000000000000000000000000')
BEGIN
  SELECT RAISE(ABORT, 'an audit event must follow the last one');
END;

CREATE TABLE audit_checkpoint_keys (
  serial_number TEXT PRIMARY KEY REFERENCES certificates (serial_number),
  certificate TEXT NOT NULL
) STRICT;

CREATE TABLE audit_checkpoints (
  seq INTEGER PRIMARY KEY REFERENCES audit_events (seq),
  at INTEGER NOT NULL,
  hash TEXT NOT NULL,
  serial_number TEXT NOT NULL REFERENCES audit_checkpoint_keys (serial_number),
  signature TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_checkpoints_are_never_deleted BEFORE DELETE ON audit_checkpoints
BEGIN
  SELECT RAISE(ABORT, 'audit checkpoints are append-only');
END;
CREATE TRIGGER audit_checkpoints_are_never_changed BEFORE UPDATE ON audit_checkpoints
BEGIN
  SELECT RAISE(ABORT, 'audit checkpoints are append-only');
END;
