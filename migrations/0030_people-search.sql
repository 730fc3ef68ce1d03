-- What people and departments are found and sorted by: folded text, and names with Chinese in the order of pinyin. Made by
-- the application (server/access/name-keys.ts), since SQLite can do neither; empty means not made yet.
ALTER TABLE departments ADD COLUMN search_key TEXT NOT NULL DEFAULT '';
ALTER TABLE departments ADD COLUMN sort_key TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN search_key TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN sort_key TEXT NOT NULL DEFAULT '';
CREATE INDEX people_by_name ON people (sort_key, id);
