-- A page lives for seconds: packing it takes longer than writing it as it is.
ALTER TABLE sync_pages ALTER COLUMN content SET STORAGE EXTERNAL;
