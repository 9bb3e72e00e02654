SET ROLE waymark_owner;
ALTER TABLE ops.import_rows ADD COLUMN unheard INTEGER[];
COMMENT ON COLUMN ops.import_rows.unheard IS 'Rows that changed nothing since what was stored goes first';
RESET ROLE;
