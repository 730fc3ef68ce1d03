-- A right may cover a part of the screen; until now each covered the whole of it. The policy frozen into a session
-- says which rights may only be limited, how long a sharer may be away, and which programs are hidden.
ALTER TABLE session_grants ADD COLUMN reach TEXT NOT NULL DEFAULT 'all' CHECK (reach IN ('limited', 'all'));
-- JSON of the scope as the grant states it: reach, counts, hash.
ALTER TABLE session_grants ADD COLUMN scope TEXT NOT NULL DEFAULT '{"reach":"all"}';
ALTER TABLE session_grants ADD COLUMN purpose TEXT NOT NULL DEFAULT 'session' CHECK (purpose IN ('task', 'session'));

UPDATE sessions SET policy = json_set(policy, '$.limitedOnly', json('[]'), '$.masks', json('[]'), '$.idleLimitS', 900)
WHERE json_extract(policy, '$.limitedOnly') IS NULL;
