-- For deleting what has expired without reading what has not, and for counting open sessions.
CREATE INDEX session_by_expiry ON session (expires_at);
CREATE INDEX spent_nonce_by_expiry ON spent_nonce (expires_at);
CREATE INDEX waiting_launch_by_expiry ON pending_launch (expires_at);
