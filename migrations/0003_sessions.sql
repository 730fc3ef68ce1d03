-- Remote sessions. The lifecycle table of protocol/lifecycle.ts, repeated: SQLite itself refuses an illegal transition.

CREATE TABLE session_transitions (
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  PRIMARY KEY (from_state, to_state)
) STRICT, WITHOUT ROWID;

INSERT INTO session_transitions (from_state, to_state) VALUES
  ('requested', 'invited'), ('requested', 'ended'),
  ('invited', 'accepted'), ('invited', 'ended'),
  ('accepted', 'connecting'), ('accepted', 'ended'),
  ('connecting', 'active'), ('connecting', 'ended'),
  ('active', 'paused'), ('active', 'ended'),
  ('paused', 'active'), ('paused', 'ended');

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES requests (id),
  state TEXT NOT NULL,
  -- The state before this one; null for a session that has only been requested.
  previous_state TEXT,
  state_since INTEGER NOT NULL,
  reason TEXT NOT NULL,
  requested_mode TEXT NOT NULL,
  -- JSON of the policy as it was at the invitation.
  policy TEXT NOT NULL,
  sharer_id TEXT NOT NULL REFERENCES people (id),
  -- Who accepted came in by code or link without signing in.
  is_guest INTEGER NOT NULL DEFAULT 0 CHECK (is_guest IN (0, 1)),
  agent_id TEXT NOT NULL REFERENCES people (id),
  agent_serial TEXT NOT NULL,
  agent_certificate TEXT NOT NULL,
  device_serial TEXT UNIQUE,
  device_platform TEXT,
  helper_version TEXT,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  end_reason TEXT,
  pause_reason TEXT,
  bytes INTEGER NOT NULL DEFAULT 0,
  picture_frames INTEGER NOT NULL DEFAULT 0,
  input_frames INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT only_transitions_of_the_lifecycle
    FOREIGN KEY (previous_state, state) REFERENCES session_transitions (from_state, to_state),
  CONSTRAINT an_end_has_a_reason CHECK ((state = 'ended') = (end_reason IS NOT NULL AND ended_at IS NOT NULL)),
  CONSTRAINT a_pause_has_a_reason CHECK ((state = 'paused') = (pause_reason IS NOT NULL)),
  CONSTRAINT what_is_live_has_a_device CHECK (state NOT IN ('connecting', 'active', 'paused') OR device_serial IS NOT NULL)
) STRICT;
CREATE INDEX sessions_by_request ON sessions (request_id, created_at);
CREATE UNIQUE INDEX one_open_session_per_request ON sessions (request_id) WHERE state <> 'ended';
CREATE INDEX open_sessions ON sessions (state) WHERE state <> 'ended';

-- Both halves of the key must tell the truth: a session starts as requested, and the state before is the state before.
CREATE TRIGGER a_session_starts_as_requested BEFORE INSERT ON sessions
  WHEN NEW.state <> 'requested' OR NEW.previous_state IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'a session starts as requested'); END;
CREATE TRIGGER the_previous_state_is_the_old_one BEFORE UPDATE OF state, previous_state ON sessions
  WHEN (NEW.state <> OLD.state AND NEW.previous_state IS NOT OLD.state)
    OR (NEW.state = OLD.state AND NEW.previous_state IS NOT OLD.previous_state)
  BEGIN SELECT RAISE(ABORT, 'the previous state is the old one'); END;

CREATE TABLE session_grants (
  session_id TEXT NOT NULL REFERENCES sessions (id),
  id TEXT NOT NULL,
  capability TEXT NOT NULL,
  -- Serial number of the identity certificate that holds the right.
  holder TEXT NOT NULL,
  not_after INTEGER NOT NULL,
  consent_text TEXT,
  granted_at INTEGER NOT NULL,
  revoked_at INTEGER,
  PRIMARY KEY (session_id, id)
) STRICT;

CREATE TABLE invitations (
  session_id TEXT PRIMARY KEY REFERENCES sessions (id),
  -- SHA-256 of 256 random bits. Null once used or void, so that a backup has nothing to match.
  secret_hash TEXT UNIQUE,
  -- HMAC-SHA-256 of nine digits under a key that is not in the database.
  code_hmac TEXT UNIQUE,
  expires_at INTEGER NOT NULL,
  code_expires_at INTEGER NOT NULL,
  redeemed_at INTEGER
) STRICT;

CREATE TABLE helper_tokens (
  token_hash TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions (id),
  expires_at INTEGER NOT NULL,
  -- Used, replaced by a newer one, or void with its session.
  closed_at INTEGER
) STRICT;
CREATE INDEX helper_tokens_by_session ON helper_tokens (session_id);
