-- Spreads a migrated database over a Citus cluster. Run it once, on the coordinator, as the owner of the tables, before
-- the processes start:
--   tributary migrate && psql --single-transaction --set=ON_ERROR_STOP=1 --file=prisma/citus.sql "$DATABASE_URL"
-- docs/scaling.md says when, what was tried and what was not. A test compares both lists with a migrated database: a
-- new table goes into one of them.

-- Reference tables: small, others refer to them, a whole copy on every node. Those that are referred to come first.
SELECT create_reference_table('clients');
SELECT create_reference_table('users');
SELECT create_reference_table('memberships');
SELECT create_reference_table('sessions');
SELECT create_reference_table('api_keys');
SELECT create_reference_table('api_key_clients');
SELECT create_reference_table('credentials');
SELECT create_reference_table('oauth_states');
SELECT create_reference_table('settings');
SELECT create_reference_table('ad_accounts');
SELECT create_reference_table('ad_campaigns');
SELECT create_reference_table('ad_sets');
SELECT create_reference_table('ads');
SELECT create_reference_table('goals');
SELECT create_reference_table('schedules');
SELECT create_reference_table('schedule_fires');
SELECT create_reference_table('runs');
SELECT create_reference_table('run_tasks');
SELECT create_reference_table('run_logs');
SELECT create_reference_table('plans');
SELECT create_reference_table('idempotency_keys');
SELECT create_reference_table('months');
SELECT create_reference_table('mails');
SELECT create_reference_table('alerts');
SELECT create_reference_table('audit_log');

-- Distributed tables: a client's rows of all of them stand on one node, so what is about one client stays there.
SELECT create_distributed_table('ad_insights', 'client_id');
SELECT create_distributed_table('slices', 'client_id', colocate_with => 'ad_insights');
SELECT create_distributed_table('insight_revisions', 'client_id', colocate_with => 'ad_insights');
SELECT create_distributed_table('campaign_days', 'client_id', colocate_with => 'ad_insights');
SELECT create_distributed_table('client_days', 'client_id', colocate_with => 'ad_insights');
SELECT create_distributed_table('ad_breakdowns', 'client_id', colocate_with => 'ad_insights');
SELECT create_distributed_table('breakdown_slices', 'client_id', colocate_with => 'ad_insights');
SELECT create_distributed_table('ad_reach', 'client_id', colocate_with => 'ad_insights');
SELECT create_distributed_table('sync_pages', 'client_id', colocate_with => 'ad_insights');
SELECT create_distributed_table('month_campaigns', 'client_id', colocate_with => 'ad_insights');
SELECT create_distributed_table('month_revisions', 'client_id', colocate_with => 'ad_insights');
SELECT create_distributed_table('month_adjustments', 'client_id', colocate_with => 'ad_insights');

-- `SET LOCAL app.client_ids` must reach the workers: without it row-level security shows viewers nothing there.
DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I SET citus.propagate_set_commands = ''local''', current_database());
END $$;
