-- A launch with a lower role ends the launches of the same platform user that still wait with the higher one.
CREATE INDEX waiting_launch_by_user ON pending_launch (registration_id, launch ->> '$.visit.sub');
