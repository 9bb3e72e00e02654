SET ROLE waymark_owner;
ALTER TABLE ops.import_rows DROP COLUMN unheard;
RESET ROLE;
