-- The time limit is part of the policy that is frozen into a session; until now it was two hours for all.
UPDATE sessions SET policy = json_set(policy, '$.sessionLimitS', 7200)
WHERE json_extract(policy, '$.sessionLimitS') IS NULL;
