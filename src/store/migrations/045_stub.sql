-- Replaced when the branch is merged: OpenID clients.
SELECT 1;
