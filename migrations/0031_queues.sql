-- Where requests wait, how urgent they are, and how they are handed on.

CREATE TABLE queues (
  id TEXT PRIMARY KEY,
  name_en TEXT NOT NULL,
  name_zh TEXT NOT NULL,
  is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
  is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
  position INTEGER NOT NULL,
  CONSTRAINT the_default_queue_is_open CHECK (is_default = 0 OR is_active = 1)
) STRICT;
CREATE UNIQUE INDEX queue_names_are_unique ON queues (name_en COLLATE NOCASE);
CREATE UNIQUE INDEX there_is_one_default_queue ON queues (is_default) WHERE is_default = 1;
INSERT INTO queues (id, name_en, name_zh, is_default, position) VALUES
  ('que_0defau1tservicedesk000', 'Service desk', '服务台', 1, 1);

-- Whose agents see a queue first.
CREATE TABLE queue_departments (
  queue_id TEXT NOT NULL REFERENCES queues (id),
  department_id TEXT NOT NULL REFERENCES departments (id) ON DELETE CASCADE,
  PRIMARY KEY (queue_id, department_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX queue_departments_by_department ON queue_departments (department_id);

-- What one agent chose instead of what their department has. No row: the department decides.
CREATE TABLE queue_choices (
  person_id TEXT NOT NULL REFERENCES people (id),
  queue_id TEXT NOT NULL REFERENCES queues (id),
  PRIMARY KEY (person_id, queue_id)
) STRICT, WITHOUT ROWID;

-- Null: the default queue.
ALTER TABLE categories ADD COLUMN queue_id TEXT REFERENCES queues (id);

-- SQLite adds no column that refers to another table and is never null, so triggers say the latter.
ALTER TABLE requests ADD COLUMN queue_id TEXT REFERENCES queues (id);
UPDATE requests SET queue_id = 'que_0defau1tservicedesk000';
CREATE TRIGGER a_request_is_in_a_queue BEFORE INSERT ON requests WHEN NEW.queue_id IS NULL
  BEGIN SELECT RAISE(ABORT, 'a request is in a queue'); END;
CREATE TRIGGER a_request_stays_in_a_queue BEFORE UPDATE OF queue_id ON requests WHEN NEW.queue_id IS NULL
  BEGIN SELECT RAISE(ABORT, 'a request is in a queue'); END;

ALTER TABLE requests ADD COLUMN impact TEXT NOT NULL DEFAULT 'slowed'
  CHECK (impact IN ('blocked', 'slowed', 'question'));
ALTER TABLE requests ADD COLUMN priority TEXT NOT NULL DEFAULT 'normal'
  CHECK (priority IN ('low', 'normal', 'high', 'urgent'));

-- Whom or what a system message is about, besides who did it: a person's id or a queue's.
ALTER TABLE messages ADD COLUMN subject_id TEXT;

-- The note is for colleagues; the employee reads only the system message.
CREATE TABLE handovers (
  id TEXT PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES requests (id),
  by_id TEXT NOT NULL REFERENCES people (id),
  to_agent_id TEXT REFERENCES people (id),
  to_queue_id TEXT REFERENCES queues (id),
  note TEXT NOT NULL,
  handed_over_at INTEGER NOT NULL,
  CONSTRAINT a_handover_goes_to_an_agent_or_a_queue CHECK ((to_agent_id IS NULL) <> (to_queue_id IS NULL))
) STRICT;
CREATE INDEX handovers_by_request ON handovers (request_id, handed_over_at);
