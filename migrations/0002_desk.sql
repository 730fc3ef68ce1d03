-- Categories, requests, chat and attachments. The server can read all of it; docs say so.

CREATE TABLE categories (
  id TEXT PRIMARY KEY,
  name_en TEXT NOT NULL,
  name_zh TEXT NOT NULL,
  hint_en TEXT NOT NULL,
  hint_zh TEXT NOT NULL,
  icon TEXT NOT NULL,
  is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
  position INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX category_names_are_unique ON categories (name_en COLLATE NOCASE);

INSERT INTO categories (id, name_en, name_zh, hint_en, hint_zh, icon, position) VALUES
  ('cat_0defau1tmai10000000000', 'E-mail', '电子邮件', 'Sending, receiving, calendar, mailbox full', '收发邮件、日历、邮箱已满', 'mail', 1),
  ('cat_0defau1tprinter0000000', 'Printing', '打印', 'Printer not found, paper jam, scan to mail', '找不到打印机、卡纸、扫描到邮箱', 'printer', 2),
  ('cat_0defau1tnetwork0000000', 'Network and VPN', '网络与 VPN', 'No connection, slow, working from home', '无法连接、网速慢、居家办公', 'network', 3),
  ('cat_0defau1taccount0000000', 'Account and password', '账号与密码', 'Cannot sign in, locked, access to a folder', '无法登录、账号锁定、文件夹权限', 'account', 4),
  ('cat_0defau1tsoftware000000', 'Software', '软件', 'Errors, updates, a program you need', '报错、更新、需要某个程序', 'software', 5),
  ('cat_0defau1thardware000000', 'Hardware', '硬件', 'Computer, screen, keyboard, docking station', '电脑、显示器、键盘、扩展坞', 'hardware', 6),
  ('cat_0defau1tphone000000000', 'Phone', '电话', 'Desk phone, mobile, voicemail, headset', '座机、手机、语音信箱、耳机', 'phone', 7),
  ('cat_0defau1tother000000000', 'Something else', '其他', 'Not sure where it belongs? Start here', '不确定归类？从这里开始', 'other', 8);

CREATE TABLE requests (
  id TEXT PRIMARY KEY,
  employee_id TEXT NOT NULL REFERENCES people (id),
  category_id TEXT NOT NULL REFERENCES categories (id),
  symptom TEXT NOT NULL,
  tried TEXT NOT NULL,
  expected TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'taken', 'solved', 'cancelled')),
  agent_id TEXT REFERENCES people (id),
  created_at INTEGER NOT NULL,
  taken_at INTEGER,
  closed_at INTEGER,
  last_message_at INTEGER,
  CONSTRAINT a_taken_request_has_an_agent CHECK (state <> 'taken' OR (agent_id IS NOT NULL AND taken_at IS NOT NULL)),
  CONSTRAINT a_waiting_request_has_no_agent CHECK (state <> 'waiting' OR agent_id IS NULL),
  CONSTRAINT a_closed_request_says_when CHECK ((state IN ('solved', 'cancelled')) = (closed_at IS NOT NULL))
) STRICT;
CREATE INDEX requests_by_employee ON requests (employee_id, created_at);
CREATE INDEX requests_by_state ON requests (state, created_at);

CREATE TRIGGER a_closed_request_stays_closed BEFORE UPDATE OF state ON requests
  WHEN OLD.state IN ('solved', 'cancelled') AND NEW.state <> OLD.state
  BEGIN SELECT RAISE(ABORT, 'a closed request stays closed'); END;

CREATE TABLE messages (
  -- Order within a chat: two messages of the same millisecond keep the order in which they arrived.
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  request_id TEXT NOT NULL REFERENCES requests (id),
  kind TEXT NOT NULL CHECK (kind IN ('chat', 'system')),
  author_id TEXT REFERENCES people (id),
  text TEXT NOT NULL,
  client_id TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  CONSTRAINT a_resend_is_not_a_second_message UNIQUE (request_id, author_id, client_id)
) STRICT;
CREATE INDEX messages_by_request ON messages (request_id, seq);

CREATE TABLE attachments (
  id TEXT PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES requests (id),
  added_by TEXT NOT NULL REFERENCES people (id),
  -- As the employee named it; never a path, never used as one.
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('image', 'text', 'archive')),
  media_type TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  stored_as TEXT NOT NULL UNIQUE,
  added_at INTEGER NOT NULL
) STRICT;
CREATE INDEX attachments_by_request ON attachments (request_id, added_at);
