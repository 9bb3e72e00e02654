SET ROLE waymark_owner;
DROP TABLE insight.stale_months;
RESET ROLE;
